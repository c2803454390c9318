package sitecheck.tracing;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;

/** Reads how many spans found the exporter's queue full: only the SDK's own metric knows. */
final class DroppedSpans implements MetricReader {

  private static final AttributeKey<Boolean> DROPPED = booleanKey("dropped");

  private volatile CollectionRegistration metrics = CollectionRegistration.noop();

  long sum() {
    return metrics.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals("processedSpans"))
        .flatMap(metric -> metric.getLongSumData().getPoints().stream())
        .filter(point -> Boolean.TRUE.equals(point.getAttributes().get(DROPPED)))
        .mapToLong(point -> point.getValue())
        .sum();
  }

  @Override
  public void register(CollectionRegistration registration) {
    metrics = registration;
  }

  /** What else the SDK measures would only cost. */
  @Override
  public Aggregation getDefaultAggregation(InstrumentType type) {
    return type == InstrumentType.COUNTER ? Aggregation.sum() : Aggregation.drop();
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
