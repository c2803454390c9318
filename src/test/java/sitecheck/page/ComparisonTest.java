package sitecheck.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sitecheck.page.Comparison.Run;
import sitecheck.trace.Span;
import sitecheck.trace.Trace;
import sitecheck.trace.TraceTest;

class ComparisonTest {

  private static Run run(String name) throws IOException {
    return run(TraceTest.read(name));
  }

  private static Run run(Trace trace) {
    return new Run("/some", 200, "{}", trace, List.of());
  }

  @Test
  void bothAreDrawnToOneScale() throws IOException {
    Comparison comparison = Comparison.of(run("sequential"), run("outlives"));

    assertThat(comparison.text())
        .isEqualToNormalizingNewlines(
            Files.readString(Path.of("src/test/resources/page/comparison.txt")));
  }

  @Test
  void aServiceWithMissingSpansDoesNotSteerTheTerminal() throws IOException {
    Run one = new Run("/some", 200, "{}", TraceTest.read("sequential"), List.of("a\033[2J\u009b"));

    assertThat(Comparison.of(one, one).text()).contains("come from a [2J ");
  }

  @Test
  void theSpeedupIsThatOfTheTraces() throws IOException {
    Comparison comparison = Comparison.of(run("sequential"), run("outlives"));

    assertThat(comparison.speedup()).isEqualTo(1.25);
    assertThat(comparison.note()).isNull();
  }

  @Test
  void itSaysSoWhenBothWereInParallel() throws IOException {
    Comparison comparison = Comparison.of(run("parallel"), run("parallel"));

    assertThat(comparison.note()).contains("check-sites.parallel is true");
    assertThat(comparison.text()).contains("1.00 × " + comparison.note());
    assertThat(Comparison.of(run("sequential"), run("parallel")).note()).isNull();
  }

  @Test
  void itSaysSoWhenSomethingFailed() throws IOException {
    Span failed = new Span("t", "1", "", "main", "GET", "", 0, 10, "<why>", Map.of());

    Run failing = run(Trace.of(List.of(failed), "ui/"));

    assertThat(Comparison.of(failing, run("sequential")).note()).contains("something failed");
    Comparison comparison = Comparison.of(run("sequential"), failing);
    assertThat(comparison.note()).contains("something failed");
    assertThat(comparison.text()).contains("GET failed").contains(comparison.note());
  }

  @Test
  void itSaysWhereSpansAreStillToComeFrom() throws IOException {
    Trace trace = TraceTest.read("sequential");

    Run late = new Run("/late", 200, "{}", trace, List.of("log", "service1"));

    assertThat(Comparison.of(late, run(trace)).text().lines())
        .containsOnlyOnce("spans still to come from log, service1");
    assertThat(Comparison.of(run(trace), run(trace)).text()).doesNotContain("still to come");
  }
}
