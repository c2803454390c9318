package sitecheck.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TraceTextTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  @Test
  void drawsEachSpanUnderItsParentAndToScale() throws IOException {
    List<SpanData> asTheyEnded =
        List.of(
            span("upstream", "second", 4, 2, 100, 200, StatusData.unset()),
            span("upstream", "first", 3, 2, 50, 50, StatusData.ok()),
            span("main", "GET", 2, 1, 50, 250, StatusData.error()),
            span("log", "elsewhere", 5, 9, 290, 300, StatusData.unset()),
            span("main", "GET /check-sites", 1, 8, 0, 300, StatusData.unset()));

    String drawn =
        Trace.of(asTheyEnded.stream().map(TracePrinter::span).toList(), "http://ui/traces/").text();

    try (var expected = getClass().getResourceAsStream("/trace/tree.txt")) {
      assertThat(drawn).isEqualTo(new String(expected.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void textOfOthersDoesNotSteerTheTerminal() {
    Span span = TracePrinter.span(span("a\033[2J", "b\r\nc", 1, 0, 0, 1, StatusData.unset()));
    Span other = TracePrinter.span(span("a\u009b2J", "b\u202ec", 1, 0, 0, 1, StatusData.unset()));

    assertThat(Trace.of(List.of(span), "").text()).contains("a [2J", "b  c");
    assertThat(Trace.of(List.of(other), "").text()).contains("a 2J", "b c");
  }

  private static SpanData span(
      String service, String name, int id, int parent, int start, int end, StatusData status) {
    return TestSpanData.builder()
        .setSpanContext(context(id))
        .setParentSpanContext(context(parent))
        .setResource(
            Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), service)))
        .setName(name)
        .setKind(SpanKind.INTERNAL)
        .setStartEpochNanos(TimeUnit.MILLISECONDS.toNanos(start))
        .setEndEpochNanos(TimeUnit.MILLISECONDS.toNanos(end))
        .setStatus(status)
        .setHasEnded(true)
        .build();
  }

  private static SpanContext context(int id) {
    String spanId = "%016x".formatted(id);
    return SpanContext.create(TRACE, spanId, TraceFlags.getSampled(), TraceState.getDefault());
  }
}
