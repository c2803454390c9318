package sitecheck.page;

import java.util.List;
import sitecheck.trace.Trace;

/** Two requests for the same data and the second one's speed-up, with a note if it means little. */
record Comparison(List<Run> runs, double speedup, String note) {
  /** A request, its answer, its trace, and the services with spans that have not arrived. */
  record Run(String request, int status, String answer, Trace trace, List<String> missing) {}

  static Comparison of(Run first, Run second) {
    Trace one = first.trace();
    Trace other = second.trace();
    String note = null;
    if (one.failed() || other.failed()) {
      note = "as fast, but something failed, so the times do not compare";
    } else if (one.concurrent() && other.concurrent()) {
      note = "as fast, but both were parallel: check-sites.parallel is true";
    }
    double speedup = (double) one.duration() / Math.max(1, other.duration());
    return new Comparison(List.of(first, second), speedup, note);
  }

  /** Both traces as text, drawn to the same scale. */
  String text() {
    long length = runs.stream().mapToLong(run -> run.trace().duration()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (Run run : runs) {
      text.append("%s  %d  %s%n".formatted(run.request(), run.status(), run.trace().ui()))
          .append(run.trace().lines(length, true));
      if (!run.missing().isEmpty()) {
        String missing = Trace.printable(String.join(", ", run.missing()));
        text.append("spans still to come from %s%n".formatted(missing));
      }
      text.append(System.lineSeparator());
    }
    String result = note == null ? "as fast in parallel" : note;
    String legend = "%.2f × %s.%n█ the critical path  ▒ other work  ─ waiting%n";
    return text.append(legend.formatted(speedup, result)).toString();
  }
}
