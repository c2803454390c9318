package sitecheck.trace;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A trace and where its time went, in nanoseconds since it began.
 *
 * @param ui where its own page is
 * @param concurrent whether some spans of one parent ran at the same time
 * @param critical how much of the critical path is in which service, callers first
 * @param bars its spans, each under its parent, of one parent in the order in which they began
 */
public record Trace(
    String id,
    String ui,
    long duration,
    boolean failed,
    boolean concurrent,
    Map<String, Long> critical,
    List<Bar> bars) {
  /** The {@code traceparent} of a call that leaves no trace. */
  public static final String UNSAMPLED = "00-%032x-%016x-00".formatted(1, 1);

  private static final int COLUMNS = 30; // of a bar as text

  /** From one time to another. */
  public record Interval(long from, long to) {}

  /**
   * Analyses the spans of one trace, at least one, in any order. The first of those with one id
   * counts. One with a missing parent, or below itself, is at the top. No recursion: a trace may be
   * as deep as it has spans.
   */
  public static Trace of(List<Span> given, String ui) {
    Map<String, Span> byId = new LinkedHashMap<>(); // a span that is sent again comes twice
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
    for (Span root : Stream.concat(roots, spans.stream()).toList()) { // the rest is in circles
      if (!bars.containsKey(root.id())) {
        next.add(Bar.of(root, 0, began));
        left.put(root.id(), root.end() - began);
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

  /** As text: where its page is and how long it took, then its spans. */
  public String text() {
    return "%n%s  %s%n%s".formatted(ui, milliseconds(duration), lines(duration, false));
  }

  /**
   * Its spans as text, a line of 80 columns each, with bars to the scale of a length in
   * nanoseconds. With the path, █ is the critical path alone; other work is ▒, and waiting ─.
   */
  public String lines(long length, boolean path) {
    double scale = Math.max(1, length);
    return bars.stream().map(bar -> bar.line(scale, path)).collect(joining());
  }

  private static String milliseconds(long nanoseconds) {
    return String.format(Locale.ROOT, "%7.1f ms", nanoseconds / 1e6);
  }

  /**
   * A span as it is drawn.
   *
   * @param depth how many spans it is under
   * @param working when it did not wait for a span below it
   * @param critical when the whole waited for just this: shorter here is shorter in all
   */
  public record Bar(
      Span span, int depth, long start, long end, List<Interval> working, List<Interval> critical) {
    private static Bar of(Span span, int depth, long began) {
      long start = span.start() - began;
      long end = span.end() - began;
      return new Bar(span, depth, start, end, new ArrayList<>(), new ArrayList<>());
    }

    /** Fills in when it works, and tells whether spans below it ran at the same time. */
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

    /** Goes back from when it was left: of those it waited for, the last to end, and so on. */
    private void follow(List<Bar> below, Map<String, Long> left) {
      long at = left.getOrDefault(span.id(), start);
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
          "%-9s%-30s%s %s"
              .formatted(span.service(), name, milliseconds(end - start), " ".repeat(first));
      StringBuilder line = new StringBuilder(before.replaceAll("\\p{Cntrl}", " ")); // for terminals
      for (int at = first; at < last; at++) {
        double from = at * scale / COLUMNS;
        double to = (at + 1) * scale / COLUMNS;
        boolean full = !path || isIn(critical, from, to);
        line.append(full ? "█" : isIn(working, from, to) ? "▒" : "─");
      }
      return line.append(System.lineSeparator()).toString();
    }

    private static boolean isIn(List<Interval> intervals, double from, double to) {
      return intervals.stream().anyMatch(it -> it.from < to && it.to > from);
    }
  }
}
