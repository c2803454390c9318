package sitecheck.requestlog;

import java.util.Objects;

/**
 * One check of a site.
 *
 * @param service the checker
 * @param site its site, by name
 * @param connected whether the site answered below 400 and in time
 * @param traceId of the request that it was a part of, 32 hex digits; null when there was none
 * @param spanId of the request that reported it, 16 hex digits; null when there was none
 * @param time when the log took it, ISO 8601 in UTC
 */
public record Check(
    String service, String site, Boolean connected, String traceId, String spanId, String time) {

  /** A check has at least a service, a site and an outcome. */
  public Check {
    Objects.requireNonNull(service, "service is missing");
    Objects.requireNonNull(site, "site is missing");
    Objects.requireNonNull(connected, "connected is missing");
  }
}
