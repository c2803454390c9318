package sitecheck.tracing;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.Set;

/**
 * What OpenTelemetry's <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">HTTP
 * conventions</a> say of both sides of a request.
 */
final class HttpConventions {

  /** The value of {@code http.request.method} for one that is not known. */
  static final String OTHER_METHOD = "_OTHER";

  private static final Set<String> METHODS =
      Set.of("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE");

  private HttpConventions() {}

  /** The method, or {@link #OTHER_METHOD}: whoever sends a request can make up any number. */
  static String method(String method) {
    return METHODS.contains(method) ? method : OTHER_METHOD;
  }

  /** What a span's name begins with. */
  static String nameOf(String method) {
    return METHODS.contains(method) ? method : "HTTP";
  }

  /** A host without the brackets that an IPv6 address has in a URL. */
  static String address(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /**
   * Keeps the status of the answer.
   *
   * @param errorFrom the lowest status that is an error on this side: 400 for who asked, 500 for
   *     who was asked
   */
  static void answered(Span span, int status, int errorFrom) {
    span.setAttribute(HTTP_RESPONSE_STATUS_CODE, (long) status);
    if (status >= errorFrom) {
      span.setAttribute(ERROR_TYPE, String.valueOf(status)).setStatus(StatusCode.ERROR);
    }
  }
}
