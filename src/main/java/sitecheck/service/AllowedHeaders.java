package sitecheck.service;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.Exchange;
import org.apache.camel.spi.HeaderFilterStrategy;

/** Passes the listed headers in and out, by exact name in any case, and drops all others. */
public final class AllowedHeaders implements HeaderFilterStrategy {
  private final Set<String> in = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
  private final Set<String> out = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  /** Takes the names of inbound and of outbound headers, separated by spaces. */
  public AllowedHeaders(String in, String out) {
    this.in.addAll(List.of(in.split(" ")));
    this.out.addAll(List.of(out.split(" ")));
  }

  @Override
  public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
    return value == null || !in.contains(name);
  }

  @Override
  public boolean applyFilterToCamelHeaders(String name, Object value, Exchange exchange) {
    return value == null || !out.contains(name);
  }
}
