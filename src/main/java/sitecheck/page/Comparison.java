package sitecheck.page;

import java.util.List;
import java.util.Locale;
import sitecheck.page.Trace.Bar;
import sitecheck.page.Trace.Interval;
import sitecheck.tracing.TraceTree;

/**
 * The same question answered in two ways, and what it took.
 *
 * @param speedup how many times as fast the second is as the first, by their traces
 * @param note that, and what keeps them from being compared; null when nothing does
 */
record Comparison(List<Run> runs, double speedup, String note) {

  /**
   * A request and its trace.
   *
   * @param answer its body, as it came
   */
  record Run(String request, int status, String answer, Trace trace) {}

  static Comparison of(Run first, Run second) {
    return new Comparison(
        List.of(first, second),
        (double) first.trace().duration() / second.trace().duration(),
        note(first.trace(), second.trace()));
  }

  private static String note(Trace first, Trace second) {
    if (first.failed() || second.failed()) {
      return "as fast, but something failed: what is not done takes no time";
    }
    return first.concurrent() && second.concurrent()
        ? "as fast, but both asked in parallel: check-sites.parallel is true"
        : null;
  }

  /** Both as trees, a span a line of 80 columns, with bars to one scale. */
  String text() {
    long length = runs.stream().mapToLong(run -> run.trace().duration()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (Run run : runs) {
      text.append("%s  %d  %s%n".formatted(run.request(), run.status(), run.trace().ui()));
      for (Bar bar : run.trace().bars()) {
        String failed = bar.span().failure() == null ? "" : " failed";
        text.append(
            TraceTree.line(
                bar.span().service(),
                "  ".repeat(bar.depth()) + bar.span().name() + failed,
                bar.start(),
                bar.end(),
                length,
                (from, to) ->
                    isIn(bar.critical(), from, to)
                        ? "█"
                        : isIn(bar.working(), from, to) ? "▒" : "─"));
      }
      text.append("%n".formatted());
    }
    text.append(String.format(Locale.ROOT, "%.2f × ", speedup));
    return text.append(note == null ? "as fast in parallel" : note)
        .append(".%n█ the critical path  ▒ other work  ─ waiting%n".formatted())
        .toString();
  }

  private static boolean isIn(List<Interval> intervals, long from, long to) {
    return intervals.stream().anyMatch(it -> it.from() < to && it.to() > from);
  }
}
