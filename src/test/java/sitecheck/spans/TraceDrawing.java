package sitecheck.spans;

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
 * A trace as text: a span a line, below its parent, with its service, kind, status and what else
 * matters. Those that one parent has stand in the order of time; such that overlap in time have a ∥
 * before their name, and stand in the order of names.
 *
 * @param times whether time counts; without it the order is that of names
 * @param everything whether all attributes and events follow, a line each
 * @param constant makes what differs from run to run the same
 */
public record TraceDrawing(boolean times, boolean everything, UnaryOperator<String> constant) {

  /** The trees of some traces, with an empty line between two. */
  public String draw(Collection<List<ReceivedSpan>> traces) {
    return traces.isEmpty()
        ? "no spans\n"
        : traces.stream().map(this::trace).sorted().collect(joining("\n"));
  }

  private String trace(List<ReceivedSpan> spans) {
    List<ReceivedSpan> roots =
        spans.stream()
            .filter(span -> spans.stream().noneMatch(one -> one.id().equals(span.parentId())))
            .toList();
    List<String> lines = new ArrayList<>();
    for (ReceivedSpan root : inOrder(roots)) {
      if (!root.parentId().isEmpty()) {
        lines.add("trace %s, below span %s".formatted(root.traceId(), root.parentId()));
      }
      draw(root, spans, "", lines);
    }
    return lines.stream().map(line -> line.stripTrailing() + "\n").collect(joining());
  }

  private void draw(ReceivedSpan span, List<ReceivedSpan> all, String margin, List<String> lines) {
    Map<String, Object> attributes = span.attributes();
    String inParallel = all.stream().anyMatch(other -> overlaps(span, other)) ? "∥ " : "";
    String line =
        "%-37s %-9s %-9s %-4s %s"
            .formatted(
                margin + inParallel + span.name(),
                span.service(),
                span.kind().toLowerCase(Locale.ROOT),
                attributes.getOrDefault("http.response.status_code", "-"),
                remarks(span).collect(joining("  ")));
    lines.add(constant.apply(line));
    if (everything) {
      attributes.forEach((name, value) -> lines.add(detail(margin, name, value)));
    }
    inOrder(all.stream().filter(child -> child.parentId().equals(span.id())).toList())
        .forEach(child -> draw(child, all, margin + "  ", lines));
  }

  private String detail(String margin, String name, Object value) {
    return constant.apply("%s    %-28s %s".formatted(margin, name, value));
  }

  private static Stream<String> remarks(ReceivedSpan span) {
    Map<String, Object> attributes = span.attributes();
    String error = span.failed() ? "ERROR " + attributes.get("error.type") : null;
    Object callee = attributes.getOrDefault("url.full", attributes.get("db.system.name"));
    Stream<Object> known = Stream.of(error, callee).filter(Objects::nonNull);
    Stream<String> events = span.events().stream().map(event -> remark(event, error));
    return Stream.of(known, events, Stream.of("route " + attributes.get("camel.route.id")))
        .flatMap(remark -> remark)
        .map(String::valueOf);
  }

  private static String remark(ReceivedSpan.Event event, String error) {
    Object type = event.attributes().get("exception.type");
    if (type == null) {
      return event.name() + " \"" + event.attributes().get("message") + "\"";
    }
    return ("ERROR " + type).equals(error) ? event.name() : event.name() + " " + type;
  }

  private List<ReceivedSpan> inOrder(List<ReceivedSpan> siblings) {
    boolean parallel =
        IntStream.range(0, siblings.size())
            .anyMatch(i -> siblings.stream().anyMatch(other -> overlaps(siblings.get(i), other)));
    return siblings.stream()
        .sorted(parallel || !times ? comparing(ReceivedSpan::name) : comparing(ReceivedSpan::start))
        .toList();
  }

  private boolean overlaps(ReceivedSpan one, ReceivedSpan other) {
    return times
        && !one.id().equals(other.id())
        && one.parentId().equals(other.parentId())
        && one.start() < other.end()
        && other.start() < one.end();
  }
}
