package sitecheck.tracestore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static sitecheck.tracestore.StoreClient.PROTOBUF;
import static sitecheck.tracestore.StoreClient.span;

import io.opentelemetry.proto.trace.v1.Span;
import java.time.Duration;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The store takes any span, and answers every query about it soon. */
class OddTracesTest {
  private static final String TRACE = "5b8efff798038103d269b633813fc60c";
  private static final Locale LOCALE = Locale.getDefault();

  @AfterEach
  void speakAsBefore() {
    Locale.setDefault(LOCALE);
  }

  static Stream<Arguments> oddTraces() {
    return Stream.of(
        odd("cycle of two", 2, i -> child(i, 1 - i)),
        odd("cycle of many", 1000, i -> child(i, (i + 1) % 1000)),
        odd("own parent", 3, i -> child(i, i)),
        odd("parents are missing", 100, i -> child(i, i + 500)),
        odd("duplicates", 100, i -> child(0, 1)),
        odd("one chain", 20_000, i -> child(i, i - 1)),
        odd("one star", 20_000, i -> child(i, 0)),
        odd("negative times", 3, i -> child(i, i - 1).setStartTimeUnixNano(-5L - i)),
        odd("ends before it starts", 3, i -> child(i, i - 1).setEndTimeUnixNano(Long.MIN_VALUE)),
        odd("no name", 3, i -> child(i, i - 1).setName("")));
  }

  private static Arguments odd(String name, int size, IntFunction<Span.Builder> span) {
    return Arguments.of(
        name, IntStream.range(0, size).mapToObj(i -> span.apply(i).build()).toArray(Span[]::new));
  }

  private static Span.Builder child(int number, int parent) {
    return span(TRACE, id(number), parent < 0 ? "" : id(parent)).toBuilder()
        .setStartTimeUnixNano(1_767_225_600_000_000_000L)
        .setEndTimeUnixNano(1_767_225_600_000_001_000L);
  }

  private static String id(int number) {
    return String.format(Locale.ROOT, "%016x", number + 1);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddTraces")
  void areAnsweredFor(String name, Span... spans) {
    try (StoreClient client = new StoreClient()) {
      assertThat(client.post(PROTOBUF, StoreClient.request(spans).toByteArray()).statusCode())
          .isEqualTo(200);
      for (String query :
          new String[] {
            "/api/v2/services",
            "/api/v2/spans?serviceName=unknown_service",
            "/api/v2/trace/" + TRACE,
            "/api/v2/traces?endTs=1767225700000",
            "/api/v2/dependencies?endTs=1767225700000",
            "/api/v3/traces/" + TRACE
          }) {
        assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () -> assertThat(client.get(query).statusCode()).as(query).isEqualTo(200));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "th-TH-u-nu-thai", "tr-TR"})
  void areTheSameInEveryLanguage(String language) {
    Locale.setDefault(Locale.forLanguageTag(language));
    try (StoreClient client = new StoreClient()) {
      client.post(StoreClient.JSON, StoreClient.resource("five-services.otlp.json"));

      String found =
          StoreClient.text(client.get("/api/v2/trace/" + TRACE))
              + StoreClient.text(client.get("/api/v3/traces/" + TRACE))
              + StoreClient.text(client.get("/api/v2/dependencies?endTs=1767225700000"));
      assertThat(found).matches("\\p{ASCII}+").contains(TRACE, "\"callCount\":1");
      assertThat(client.post(StoreClient.JSON, "x".getBytes(UTF_8)).statusCode()).isEqualTo(400);
    }
  }
}
