package sitecheck.tracing;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the spans that have ended and those that were taken by who gets them, and says so when
 * some are lost: once when it begins, once when it is over, and in the end, never for each.
 */
final class SpanCount implements SpanProcessor {

  private static final Logger LOG = LoggerFactory.getLogger(SpanCount.class);

  private final String service;
  private final LongAdder ended = new LongAdder();

  SpanCount(String service) {
    this.service = service;
  }

  SpanExporter of(SpanExporter exporter) {
    return new Counted(exporter);
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (span.getSpanContext().isSampled()) {
      ended.increment();
    }
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  private final class Counted implements SpanExporter {

    private final SpanExporter exporter;
    private final LongAdder taken = new LongAdder();
    private final AtomicBoolean refused = new AtomicBoolean();

    Counted(SpanExporter exporter) {
      this.exporter = exporter;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      int size = spans.size();
      CompletableResultCode result = exporter.export(spans);
      return result.whenComplete(() -> exported(size, result));
    }

    private void exported(int size, CompletableResultCode result) {
      if (result.isSuccess()) {
        taken.add(size);
        if (refused.compareAndSet(true, false)) {
          LOG.warn("{}: spans are taken again", service);
        }
      } else if (refused.compareAndSet(false, true)) {
        LOG.warn("{}: spans are not taken: {}", service, reason(result.getFailureThrowable()));
      }
    }

    @Override
    public CompletableResultCode flush() {
      return exporter.flush();
    }

    /** Comes when all that could be sent has been. */
    @Override
    public CompletableResultCode shutdown() {
      long lost = ended.sum() - taken.sum();
      if (lost > 0) {
        LOG.warn("{}: {} of {} spans were not taken", service, lost, ended);
      }
      return exporter.shutdown();
    }
  }

  private static String reason(Throwable failure) {
    boolean answered = failure == null || failure.getCause() == null;
    return answered ? "who gets them refuses" : failure.getCause().getMessage();
  }
}
