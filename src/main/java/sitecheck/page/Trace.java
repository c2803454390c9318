package sitecheck.page;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A trace and where its time went. Times are in nanoseconds since it began.
 *
 * @param ui where its own page is
 * @param bars its spans, each under its parent, of one parent in the order in which they began
 * @param concurrent whether some of one parent ran at the same time
 * @param critical how much of the critical path is in which service, callers first
 */
public record Trace(
    String id,
    String ui,
    long duration,
    boolean failed,
    boolean concurrent,
    Map<String, Long> critical,
    List<Bar> bars) {

  /** From one time to another. */
  record Interval(long from, long to) {}

  /**
   * A span as it is drawn.
   *
   * @param depth how many spans it is under
   * @param working when it did not wait for a span below it
   * @param critical when the whole waited for just this: shorter here is shorter in all
   */
  record Bar(
      Span span,
      int depth,
      long start,
      long end,
      List<Interval> working,
      List<Interval> critical) {}

  /**
   * @param spans of one trace, at least one, in any order; one whose parent is not there begins it
   * @param ui where traces have their own pages, the id left out
   */
  static Trace of(List<Span> spans, String ui) {
    return new Analysis(spans).trace(ui);
  }

  private static final class Analysis {

    private final List<Span> spans;
    private final Map<String, List<Span>> children;
    private final long start;
    private final List<Bar> bars = new ArrayList<>();
    private final Map<String, List<Interval>> critical = new HashMap<>();
    private boolean concurrent;

    Analysis(List<Span> all) {
      Map<String, Span> byId = new LinkedHashMap<>(); // some come twice, when they are sent again
      all.forEach(span -> byId.putIfAbsent(span.id(), span));
      spans = List.copyOf(byId.values());
      start = spans.stream().mapToLong(Span::start).min().orElseThrow();
      children =
          spans.stream()
              .sorted(comparingLong(Span::start))
              .collect(groupingBy(s -> byId.containsKey(s.parentId()) ? s.parentId() : ""));
    }

    Trace trace(String ui) {
      children.getOrDefault("", List.of()).forEach(root -> follow(root, root.end()));
      children.getOrDefault("", List.of()).forEach(root -> draw(root, 0));
      Map<String, Long> services = new LinkedHashMap<>();
      for (Bar bar : bars) {
        bar.critical.forEach(i -> services.merge(bar.span.service(), i.to - i.from, Long::sum));
      }
      return new Trace(
          spans.get(0).traceId(),
          ui + spans.get(0).traceId(),
          spans.stream().mapToLong(Span::end).max().orElseThrow() - start,
          spans.stream().anyMatch(span -> span.failure() != null),
          concurrent,
          services,
          bars);
    }

    private List<Span> under(Span span) {
      return children.getOrDefault(span.id(), List.of());
    }

    private void draw(Span span, int depth) {
      List<Interval> working = new ArrayList<>();
      long at = span.start();
      for (Span child : under(span)) {
        concurrent |= child.start() < at && at > span.start();
        add(working, at, Math.min(child.start(), span.end()));
        at = Math.max(at, child.end());
      }
      add(working, at, span.end());
      List<Interval> path = critical.getOrDefault(span.id(), List.of());
      bars.add(new Bar(span, depth, span.start() - start, span.end() - start, working, path));
      under(span).forEach(child -> draw(child, depth + 1));
    }

    /** Backwards from when it was done: of those it has waited for, the last to end, and so on. */
    private void follow(Span span, long until) {
      List<Interval> path = new ArrayList<>();
      critical.put(span.id(), path);
      long at = until;
      for (Span last = last(span, at, until); last != null; last = last(span, at, until)) {
        long end = Math.min(last.end(), until);
        add(path, end, at);
        follow(last, end);
        at = Math.max(last.start(), span.start());
      }
      add(path, span.start(), at);
    }

    private Span last(Span span, long at, long until) {
      return under(span).stream()
          .filter(child -> child.start() < at && Math.min(child.end(), until) <= at)
          .filter(child -> child.end() > span.start() && !critical.containsKey(child.id()))
          .max(comparingLong(Span::end))
          .orElse(null);
    }

    private void add(List<Interval> intervals, long from, long to) {
      if (from < to) {
        intervals.add(new Interval(from - start, to - start));
      }
    }
  }
}
