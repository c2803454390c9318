package sitecheck.trace;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sitecheck.trace.Trace.Bar;
import sitecheck.trace.Trace.Interval;

/**
 * A file has a trace's spans, one a line: id, parent, service, name, start, end; then its bars:
 * depth, service, name, and the times in which it works and is critical; then the duration.
 */
public class TraceTest {

  private static final Path FOLDER = Path.of("src", "test", "resources", "trace", "analysed");

  private static final int SPANS = 20_000;

  static Stream<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void theTimeOfATraceIsWhereItIsWrittenDown(Path file) throws IOException {
    String[] parts = Files.readString(file).split("\n\n");
    List<Span> spans = new ArrayList<>(spans(parts[0]));

    assertThat(drawing(Trace.of(spans, ""))).isEqualTo(parts[1].replaceAll(" +", " ").strip());
    Collections.reverse(spans);
    assertThat(drawing(Trace.of(spans, ""))).isEqualTo(parts[1].replaceAll(" +", " ").strip());
  }

  @Test
  void theCriticalPathIsAsLongAsTheTrace() throws IOException {
    for (String name : List.of("sequential", "parallel", "skewed")) {
      Trace trace = read(name);

      assertThat(trace.critical().values().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(trace.duration());
    }
  }

  @Test
  void itsOwnPageIsThatOfItsId() {
    assertThat(Trace.of(spans("1 - main GET 0 1"), "http://ui/").ui()).isEqualTo("http://ui/t");
  }

  @Test
  void aTraceMayBeAsDeepAsItHasSpans() {
    List<Span> nested = new ArrayList<>();
    for (int i = 1; i <= SPANS; i++) {
      nested.add(span(i, i - 1, i, 2L * SPANS - i));
    }

    Trace trace = timely(() -> Trace.of(nested, ""));

    assertThat(trace.bars().get(SPANS - 1).depth()).isEqualTo(SPANS - 1);
    assertThat(timely(trace::text).lines())
        .hasSize(SPANS + 2)
        .allMatch(line -> line.length() < 100);
  }

  @Test
  void aSpanMayHaveThousandsBelowIt() {
    List<Span> spans = new ArrayList<>(List.of(span(1, 0, 0, SPANS)));
    for (int i = 2; i <= SPANS; i++) {
      spans.add(span(i, 1, i, i + 1));
    }

    Trace trace = timely(() -> Trace.of(spans, ""));

    assertThat(trace.bars()).hasSize(SPANS).extracting(Bar::depth).contains(0, 1);
    assertThat(timely(() -> trace.lines(SPANS, true)).lines()).hasSize(SPANS);
  }

  @Test
  void aTraceWithoutTimesOrWithTheLongestIsDrawn() {
    List<Span> none = List.of(span(1, 0, 0, 0));
    List<Span> longest = List.of(span(1, 0, 0, Long.MAX_VALUE), span(2, 1, 0, 1));

    assertThat(Trace.of(none, "").text()).containsPattern("main +GET +0.0 ms █");
    assertThat(Trace.of(longest, "").text().lines()).hasSize(4).last().asString().endsWith("ms █");
  }

  private static Span span(int id, int parent, long start, long end) {
    String parentId = parent == 0 ? "" : String.valueOf(parent);
    return new Span(
        "t", String.valueOf(id), parentId, "main", "GET", "", start, end, null, Map.of());
  }

  private static <T> T timely(Supplier<T> work) {
    return assertTimeoutPreemptively(Duration.ofSeconds(5), work::get);
  }

  public static Trace read(String name) throws IOException {
    return Trace.of(spans(Files.readString(FOLDER.resolve(name + ".txt")).split("\n\n")[0]), "ui/");
  }

  /** A name has all words between service and start, without blanks at its end. */
  private static List<Span> spans(String lines) {
    return lines
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(
            line -> {
              String[] word = line.split(" +");
              int last = word.length - 1;
              String name = String.join(" ", List.of(word).subList(3, last - 1));
              String parent = word[1].replace("-", "");
              long start = Long.parseLong(word[last - 1]);
              long end = Long.parseLong(word[last]);
              return new Span("t", word[0], parent, word[2], name, "", start, end, null, Map.of());
            })
        .toList();
  }

  private static String drawing(Trace trace) {
    StringBuilder drawing = new StringBuilder();
    for (Bar bar : trace.bars()) {
      drawing.append(
          "%d %s %s %d-%d works%s critical%s\n"
              .formatted(
                  bar.depth(),
                  bar.span().service(),
                  bar.span().name(),
                  bar.start(),
                  bar.end(),
                  intervals(bar.working()),
                  intervals(bar.critical())));
    }
    drawing.append(trace.duration()).append(trace.concurrent() ? " concurrent" : "");
    trace.critical().forEach((service, time) -> drawing.append(" " + service + " " + time));
    return drawing.toString();
  }

  private static String intervals(List<Interval> intervals) {
    return intervals.stream()
        .sorted((one, other) -> Long.compare(one.from(), other.from()))
        .map(interval -> " " + interval.from() + "-" + interval.to())
        .collect(joining());
  }
}
