package sitecheck.tracing;

import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_NAME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.trace.ReadableSpan;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TracingTest {

  private static final String STANDARD =
      "otel.exporter.otlp.endpoint=http://here:4318 otel.exporter.otlp.protocol=http/protobuf "
          + "otel.metrics.exporter=none otel.logs.exporter=none ";

  private static Tracing tracing(String settings) {
    Map<String, String> defaults =
        Stream.of((STANDARD + settings).split(" "))
            .map(setting -> setting.split("=", 2))
            .collect(Collectors.toMap(s -> s[0], s -> s[1], (first, second) -> second));
    return Tracing.of("test", true, defaults, null);
  }

  @ParameterizedTest
  @CsvSource({
    "otel.traces.exporter=otlp, http://here:4318",
    "'otel.traces.exporter=otlp,console', http://here:4318",
    "otel.exporter.otlp.traces.endpoint=http://there:1/v1/traces, http://there:1/v1/traces",
    "otel.exporter.otlp.protocol=grpc, http://here:4318 by gRPC",
    "otel.exporter.otlp.traces.protocol=grpc, http://here:4318 by gRPC",
    "otel.traces.exporter=console, console",
    "otel.traces.exporter=none, nowhere",
    "otel.sdk.disabled=true, nowhere"
  })
  void theDestinationIsWhereTheSpansGo(String setting, String destination) {
    Tracing tracing = tracing(setting);

    assertThat(tracing.destination().orElse("nowhere")).isEqualTo(destination);
    tracing.shutdown();
  }

  @ParameterizedTest
  @CsvSource({
    "otel.exporter.otlp.protocol=grpc, http://localhost:4317 by gRPC",
    "otel.exporter.otlp.protocol=http/protobuf, http://localhost:4318",
    "otel.traces.exporter=otlp, http://localhost:4317 by gRPC"
  })
  void theDestinationIsThatOfTheSpecificationUnlessSet(String setting, String destination) {
    String[] given = setting.split("=");
    Map<String, String> settings =
        Map.of(given[0], given[1], "otel.metrics.exporter", "none", "otel.logs.exporter", "none");
    Tracing tracing = Tracing.of("test", true, settings, null);

    assertThat(tracing.destination()).contains(destination);
    tracing.shutdown();
  }

  @ParameterizedTest
  @CsvSource({
    "otel.traces.sampler=traceidratio otel.traces.sampler.arg=2, ratio must be in range",
    "otel.traces.sampler=sometimes, Unrecognized value for otel.traces.sampler: sometimes"
  })
  void aSettingThatMakesNoSenseIsRefusedWithItsReason(String settings, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tracing(settings))
        .withMessageContaining(reason);
  }

  /** The variables are read as properties too. */
  @Test
  void theVariablesNameAServiceThatIsAlone() {
    Map<String, String> variables =
        Map.of(
            "otel.service.name", "named",
            "otel.metrics.exporter", "none",
            "otel.logs.exporter", "none");
    variables.forEach(System::setProperty);
    try {
      assertThat(service(Tracing.of("test"))).isEqualTo("named");
      assertThat(service(Tracing.of("test", true, Map.of(), null))).isEqualTo("named");
      assertThat(service(Tracing.of("test", false, Map.of(), null))).isEqualTo("test");
    } finally {
      variables.keySet().forEach(System::clearProperty);
    }
    assertThat(service(tracing("otel.service.name=other"))).isEqualTo("test");
  }

  @ParameterizedTest
  @CsvSource({"/page/log, false", "/pages, true", "/a/page/, true"})
  void noTraceBeginsWithARequestForAPathThatIsLeftOut(String path, boolean traced) {
    Tracing tracing = tracing("otel.traces.sampler.untraced=^/page/");
    Map<String, Object> bound = new HashMap<>();
    tracing.bindTo(bound::put);

    Span span =
        ((Tracer) bound.get("tracer"))
            .spanBuilder("any")
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("url.path", path)
            .startSpan();

    assertThat(span.getSpanContext().isSampled()).isEqualTo(traced);
    tracing.shutdown();
  }

  /** The name that its spans go by. */
  private static String service(Tracing tracing) {
    Map<String, Object> bound = new HashMap<>();
    tracing.bindTo(bound::put);
    Span span = ((Tracer) bound.get("tracer")).spanBuilder("any").startSpan();
    tracing.shutdown();
    return ((ReadableSpan) span).toSpanData().getResource().getAttribute(SERVICE_NAME);
  }
}
