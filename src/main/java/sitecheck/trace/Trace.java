package sitecheck.trace;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A trace and where its time went, in nanoseconds since its start.
 *
 * @param ui the address of its page
 * @param concurrent whether any siblings ran at the same time
 * @param critical each service's share of the critical path, callers first
 * @param bars the spans as a tree: children after their parent, siblings by start
 */
public record Trace(
    String id,
    String ui,
    long duration,
    boolean failed,
    boolean concurrent,
    Map<String, Long> critical,
    List<Bar> bars) {
  /** The {@code traceparent} of a call that is not to be traced. */
  public static final String UNSAMPLED = "00-%032x-%016x-00".formatted(1, 1);

  private static final int COLUMNS = 30; // of a bar in text

  /** A period within the trace. */
  public record Interval(long from, long to) {}

  /**
   * Analyses the spans of one trace, in any order; there must be at least one. If an id occurs
   * twice, the first span counts. A span without its parent, or in a circle, goes to the top. It
   * does not recurse: a trace may be as deep as it has spans.
   */
  public static Trace of(List<Span> given, String ui) {
    Map<String, Span> byId = new LinkedHashMap<>(); // an exporter may send a span twice
    given.forEach(span -> byId.putIfAbsent(span.id(), span));
    List<Span> spans = byId.values().stream().sorted(comparingLong(Span::start)).toList();
    long began = spans.get(0).start();
    Map<String, List<Span>> children =
        spans.stream()
            .collect(groupingBy(it -> byId.containsKey(it.parentId()) ? it.parentId() : ""));
    Stream<Span> roots = children.getOrDefault("", List.of()).stream();
    Map<String, Bar> bars = new LinkedHashMap<>();
    Map<String, Long> left = new HashMap<>(); // when the critical path leaves a span
    LinkedList<Bar> next = new LinkedList<>();
    boolean concurrent = false;
    for (Span root : Stream.concat(roots, spans.stream()).toList()) { // spans in circles are left
      if (!bars.containsKey(root.id())) {
        next.add(Bar.of(root, 0, began));
      }
      while (!next.isEmpty()) {
        Bar bar = next.pop();
        bars.put(bar.span.id(), bar);
        List<Bar> below =
            children.getOrDefault(bar.span.id(), List.of()).stream()
                .filter(child -> !bars.containsKey(child.id()))
                .map(child -> Bar.of(child, bar.depth + 1, began))
                .toList();
        concurrent |= bar.work(below);
        bar.follow(below, left);
        next.addAll(0, below);
      }
    }
    Map<String, Long> critical = new LinkedHashMap<>();
    for (Bar bar : bars.values()) {
      bar.critical.forEach(it -> critical.merge(bar.span.service(), it.to - it.from, Long::sum));
    }
    long duration = bars.values().stream().mapToLong(Bar::end).max().orElse(0);
    boolean failed = spans.stream().anyMatch(span -> span.failure() != null);
    String id = spans.get(0).traceId();
    List<Bar> drawn = List.copyOf(bars.values());
    return new Trace(id, ui + id, duration, failed, concurrent, critical, drawn);
  }

  /** The trace as text: its page and duration, then its spans. */
  public String text() {
    return "%n%s  %7.1f ms%n%s".formatted(ui, duration / 1e6, lines(duration, false));
  }

  /**
   * The spans as text, each on a line of 80 columns, with bars scaled to a length in nanoseconds.
   * With the path, █ is the critical path, ▒ other work and ─ waiting.
   */
  public String lines(long length, boolean path) {
    return bars.stream().map(bar -> bar.line(Math.max(1, length), path)).collect(joining());
  }

  /** Blanks out what would steer the terminal: control characters, also those beyond ASCII. */
  public static String printable(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}]", " ");
  }

  /**
   * A span as it is drawn.
   *
   * @param depth the number of its ancestors
   * @param working when it did not wait for a child
   * @param critical its part of the critical path: time saved here shortens the trace
   */
  public record Bar(
      Span span, int depth, long start, long end, List<Interval> working, List<Interval> critical) {
    private static Bar of(Span span, int depth, long began) {
      long start = span.start() - began;
      long end = span.end() - began;
      return new Bar(span, depth, start, end, new ArrayList<>(), new ArrayList<>());
    }

    /** Computes when the span works; returns whether some of its children overlap. */
    private boolean work(List<Bar> below) {
      boolean concurrent = false;
      long at = start;
      for (Bar child : below) {
        concurrent |= child.start < at && at > start;
        add(working, at, Math.min(child.start, end));
        at = Math.max(at, child.end);
      }
      add(working, at, end);
      return concurrent;
    }

    /** Follows the critical path backwards: to the child that ended last, then the one before. */
    private void follow(List<Bar> below, Map<String, Long> left) {
      long at = depth == 0 ? end : left.getOrDefault(span.id(), start);
      long last = at;
      for (Bar child : below.stream().sorted(comparingLong(Bar::end).reversed()).toList()) {
        long end = Math.min(child.end, last);
        if (child.start < at && end <= at && end > start) {
          add(critical, end, at);
          left.put(child.span.id(), end);
          at = Math.max(child.start, start);
        }
      }
      add(critical, start, at);
    }

    private static void add(List<Interval> intervals, long from, long to) {
      if (from < to) {
        intervals.add(new Interval(from, to));
      }
    }

    private String line(double scale, boolean path) {
      String indent = "  ".repeat(Math.min(depth, 12));
      String name = indent + span.name() + (span.failure() == null ? "" : " failed");
      int first = (int) Math.min(start * (double) COLUMNS / scale, COLUMNS - 1);
      int last = Math.max((int) (end * (double) COLUMNS / scale), first + 1);
      String before =
          "%-9s%-30s%7.1f ms %s"
              .formatted(span.service(), name, (end - start) / 1e6, " ".repeat(first));
      StringBuilder line = new StringBuilder(printable(before));
      for (int at = first; at < last; at++) {
        double from = at * scale / COLUMNS;
        double to = (at + 1) * scale / COLUMNS;
        line.append(!path || isIn(critical, from, to) ? "█" : isIn(working, from, to) ? "▒" : "─");
      }
      return line.append(System.lineSeparator()).toString();
    }

    private static boolean isIn(List<Interval> intervals, double from, double to) {
      return intervals.stream().anyMatch(it -> it.from < to && it.to > from);
    }
  }
}
