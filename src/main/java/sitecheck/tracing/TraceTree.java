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
    Scale scale = new Scale(start, Math.max(1, end - start));
    children.getOrDefault("", List.of()).forEach(root -> draw(root, 0, children, scale, lines));
    return lines.toString();
  }

  private record Scale(long start, long length) {
    int column(long time) {
      return (int) ((time - start) * BAR / length);
    }
  }

  private void draw(
      SpanData span,
      int depth,
      Map<String, List<SpanData>> children,
      Scale scale,
      StringBuilder lines) {
    int from = Math.min(scale.column(span.getStartEpochNanos()), BAR - 1);
    int to = Math.max(scale.column(span.getEndEpochNanos()), from + 1);
    boolean failed = span.getStatus().getStatusCode() == StatusCode.ERROR;
    lines.append(
        "%-9s%-30s%s%s %s%n"
            .formatted(
                span.getResource().getAttribute(SERVICE),
                "  ".repeat(depth) + span.getName() + (failed ? " failed" : ""),
                milliseconds(span.getEndEpochNanos() - span.getStartEpochNanos()),
                " ".repeat(from),
                bar.repeat(to - from)));
    children
        .getOrDefault(span.getSpanId(), List.of())
        .forEach(child -> draw(child, depth + 1, children, scale, lines));
  }

  private static String milliseconds(long nanoseconds) {
    return String.format(Locale.ROOT, "%7.1f ms", nanoseconds / 1e6);
  }
}
