package sitecheck.contract;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Draws a trace as text: one line for each span, below its parent, with its service, kind, status
 * and other details. Spans with the same parent stand in order of time, or in order of name if any
 * of them overlap in time. A ∥ precedes the names of those that overlap.
 *
 * @param times whether times count; if not, spans are in order of name
 * @param everything whether all attributes follow, one line each
 * @param constant replaces text that differs from run to run
 */
public record TraceDrawing(boolean times, boolean everything, UnaryOperator<String> constant) {

  /** A line and the attributes of its span, if it has one. */
  record Line(String text, List<String> attributes) {
    static Line of(String text) {
      return new Line(text, List.of());
    }
  }

  /** Draws the trees of some traces, with an empty line between two. */
  public String draw(Collection<List<CapturedSpan>> traces) {
    return text(lines(traces));
  }

  static String text(List<Line> lines) {
    return lines.stream().map(line -> line.text().stripTrailing() + "\n").collect(joining());
  }

  /** The same, line by line. */
  List<Line> lines(Collection<List<CapturedSpan>> traces) {
    List<Line> lines = new ArrayList<>();
    traces.stream()
        .map(this::trace)
        .sorted(comparing(TraceDrawing::text))
        .forEach(
            tree -> {
              lines.addAll(lines.isEmpty() ? List.of() : List.of(new Line("", List.of())));
              lines.addAll(tree);
            });
    return lines.isEmpty() ? List.of(new Line("no spans", List.of())) : lines;
  }

  private List<Line> trace(List<CapturedSpan> spans) {
    List<CapturedSpan> roots =
        spans.stream()
            .filter(span -> spans.stream().noneMatch(one -> one.id().equals(span.parentId())))
            .toList();
    List<Line> lines = new ArrayList<>();
    for (CapturedSpan root : inOrder(roots)) {
      if (!root.parentId().isEmpty()) {
        String parent = "trace %s, below span %s".formatted(root.traceId(), root.parentId());
        lines.add(new Line(parent, List.of()));
      }
      draw(root, spans, "", lines);
    }
    return lines;
  }

  private void draw(CapturedSpan span, List<CapturedSpan> all, String margin, List<Line> lines) {
    Map<String, Object> attributes = span.attributes();
    String inParallel = all.stream().anyMatch(other -> overlaps(span, other)) ? "∥ " : "";
    String line =
        "%-37s %-9s %-9s %-4s %s"
            .formatted(
                constant.apply(margin + inParallel + span.name()),
                span.service(),
                span.kind().toLowerCase(Locale.ROOT),
                attributes.getOrDefault("http.response.status_code", "-"),
                remarks(span).collect(joining("  ")));
    List<String> details = new ArrayList<>();
    attributes.forEach((name, value) -> details.add(detail(margin, name, value)));
    lines.add(new Line(constant.apply(line), details));
    if (everything) {
      details.forEach(detail -> lines.add(new Line(detail, List.of())));
    }
    inOrder(all.stream().filter(child -> child.parentId().equals(span.id())).toList())
        .forEach(child -> draw(child, all, margin + "  ", lines));
  }

  private String detail(String margin, String name, Object value) {
    return constant.apply("%s    %-28s %s".formatted(margin, name, value));
  }

  private static Stream<String> remarks(CapturedSpan span) {
    Map<String, Object> attributes = span.attributes();
    String error =
        span.failed() ? ("ERROR " + attributes.getOrDefault("error.type", "")).strip() : null;
    Object callee = attributes.getOrDefault("url.full", attributes.get("db.system.name"));
    Stream<Object> known = Stream.of(error, callee).filter(Objects::nonNull);
    Stream<String> events = span.events().stream().map(event -> remark(event, error));
    Stream<String> route =
        Stream.ofNullable(attributes.get("camel.route.id")).map(id -> "route " + id);
    return Stream.of(known, events, route).flatMap(remark -> remark).map(String::valueOf);
  }

  private static String remark(CapturedSpan.Event event, String error) {
    Object type = event.attributes().get("exception.type");
    Object message = event.attributes().get("message");
    if (type == null) {
      return event.name() + (message == null ? "" : " \"" + message + "\"");
    }
    return ("ERROR " + type).equals(error) ? event.name() : event.name() + " " + type;
  }

  private List<CapturedSpan> inOrder(List<CapturedSpan> siblings) {
    boolean parallel =
        IntStream.range(0, siblings.size())
            .anyMatch(i -> siblings.stream().anyMatch(other -> overlaps(siblings.get(i), other)));
    return siblings.stream()
        .sorted(parallel || !times ? comparing(CapturedSpan::name) : comparing(CapturedSpan::start))
        .toList();
  }

  private boolean overlaps(CapturedSpan one, CapturedSpan other) {
    return times
        && !one.id().equals(other.id())
        && one.parentId().equals(other.parentId())
        && one.start() < other.end()
        && other.start() < one.end();
  }
}
