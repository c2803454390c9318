package sitecheck.tracing;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Draws a trace as a tree, a span a line of 80 columns, with bars to scale.
 *
 * @param link what to write before a trace's id, such as the address of its page without it
 * @param bar what bars are made of
 */
public record TraceTree(Supplier<String> link, String bar) {

  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
  private static final int BAR = 30;

  /** Some lines: the trace's id, time and page, then the spans, each under its parent. */
  public String draw(List<SpanData> spans) {
    Set<String> ids = spans.stream().map(SpanData::getSpanId).collect(toSet());
    Map<String, List<SpanData>> children =
        spans.stream()
            .sorted(comparingLong(SpanData::getStartEpochNanos))
            .collect(
                groupingBy(
                    span -> ids.contains(span.getParentSpanId()) ? span.getParentSpanId() : ""));
    long start = spans.stream().mapToLong(SpanData::getStartEpochNanos).min().orElseThrow();
    long end = spans.stream().mapToLong(SpanData::getEndEpochNanos).max().orElseThrow();
    String traceId = spans.get(0).getTraceId();
    StringBuilder lines = new StringBuilder();
    lines.append("%n%s%s  %s%n".formatted(link.get(), traceId, milliseconds(end - start)));
    children
        .getOrDefault("", List.of())
        .forEach(root -> draw(root, "", children, start, end, lines));
    return lines.toString();
  }

  private void draw(
      SpanData span,
      String indent,
      Map<String, List<SpanData>> children,
      long start,
      long end,
      StringBuilder lines) {
    boolean failed = span.getStatus().getStatusCode() == StatusCode.ERROR;
    lines.append(
        line(
            span.getResource().getAttribute(SERVICE),
            indent + span.getName() + (failed ? " failed" : ""),
            span.getStartEpochNanos() - start,
            span.getEndEpochNanos() - start,
            end - start,
            (from, to) -> bar));
    children
        .getOrDefault(span.getSpanId(), List.of())
        .forEach(child -> draw(child, indent + "  ", children, start, end, lines));
  }

  /** What a column of a bar is made of. */
  public interface Column {
    /** One character for the time from the first to before the second, in nanoseconds. */
    String of(long from, long to);
  }

  /**
   * One line of a tree. Times are in nanoseconds since its beginning.
   *
   * @param name of the span, indented as deep as it is in the tree
   * @param length of what the whole width of the bars stands for
   */
  public static String line(
      String service, String name, long start, long end, long length, Column column) {
    long scale = Math.max(1, length);
    long first = Math.min(start * BAR / scale, BAR - 1);
    long last = Math.max(end * BAR / scale, first + 1);
    StringBuilder bar = new StringBuilder(" ".repeat((int) first));
    for (long at = first; at < last; at++) {
      bar.append(column.of(at * scale / BAR, (at + 1) * scale / BAR));
    }
    return "%-9s%-30s%s %s%n".formatted(service, name, milliseconds(end - start), bar);
  }

  private static String milliseconds(long nanoseconds) {
    return String.format(Locale.ROOT, "%7.1f ms", nanoseconds / 1e6);
  }
}
