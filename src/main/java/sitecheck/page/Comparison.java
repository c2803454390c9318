package sitecheck.page;

import java.util.List;
import java.util.Locale;
import sitecheck.trace.Trace;

/**
 * Two requests for the same, and their traces.
 *
 * @param speedup how many times as fast the second is as the first
 * @param note that, and why they cannot be compared; null when they can
 */
record Comparison(List<Run> runs, double speedup, String note) {
  /** A request, its answer's status and body, and its trace. */
  record Run(String request, int status, String answer, Trace trace) {}

  static Comparison of(Run first, Run second) {
    Trace one = first.trace();
    Trace other = second.trace();
    String note = null;
    if (one.failed() || other.failed()) {
      note = "as fast, but something failed: what is not done takes no time";
    } else if (one.concurrent() && other.concurrent()) {
      note = "as fast, but both asked in parallel: check-sites.parallel is true";
    }
    double speedup = (double) one.duration() / Math.max(1, other.duration());
    return new Comparison(List.of(first, second), speedup, note);
  }

  /** Both as trees, with bars to one scale. */
  String text() {
    long length = runs.stream().mapToLong(run -> run.trace().duration()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (Run run : runs) {
      text.append("%s  %d  %s%n".formatted(run.request(), run.status(), run.trace().ui()))
          .append(run.trace().lines(length, true))
          .append(System.lineSeparator());
    }
    String result = note == null ? "as fast in parallel" : note;
    String legend = "%.2f × %s.%n█ the critical path  ▒ other work  ─ waiting%n";
    return text.append(String.format(Locale.ROOT, legend, speedup, result)).toString();
  }
}
