package sitecheck.tracing;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * The SDK's own <a
 * href="https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/">metrics</a>.
 */
public final class SdkMetrics implements MetricReader {
  private volatile CollectionRegistration metrics = CollectionRegistration.noop();

  /** The number of sampled spans that have started. */
  public long started() {
    AttributeKey<String> sampling = AttributeKey.stringKey("otel.span.sampling_result");
    return sum("otel.sdk.span.started", sampling, "RECORD_AND_SAMPLE"::equals);
  }

  /** The number of exported spans. */
  public long exported() {
    return sum("otel.sdk.exporter.span.exported", ERROR_TYPE, Objects::isNull);
  }

  /** The number of lost spans: the queue was full, or the export failed. */
  public long dropped() {
    return sum("otel.sdk.processor.span.processed", ERROR_TYPE, Objects::nonNull)
        + sum("otel.sdk.exporter.span.exported", ERROR_TYPE, Objects::nonNull);
  }

  private long sum(String name, AttributeKey<String> attribute, Predicate<String> filter) {
    return metrics.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(metric -> metric.getLongSumData().getPoints().stream())
        .filter(point -> filter.test(point.getAttributes().get(attribute)))
        .mapToLong(point -> point.getValue())
        .sum();
  }

  @Override
  public void register(CollectionRegistration registration) {
    metrics = registration;
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType type) {
    return AggregationTemporality.CUMULATIVE;
  }

  @Override
  public CompletableResultCode forceFlush() {
    return CompletableResultCode.ofSuccess();
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode.ofSuccess();
  }
}
