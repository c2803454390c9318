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
 * some are lost: once when none is taken, once when they are again, once when more have come than
 * were taken and can wait, and in the end; never for each.
 */
final class SpanCount implements SpanProcessor {

  private static final Logger LOG = LoggerFactory.getLogger(SpanCount.class);

  private final String service;
  private final LongAdder ended = new LongAdder();
  private final LongAdder taken = new LongAdder();
  private final LongAdder refused = new LongAdder();

  SpanCount(String service) {
    this.service = service;
  }

  /**
   * An exporter of which is counted what it has sent.
   *
   * @param waiting how many spans can wait for it; of more, some are lost
   */
  SpanExporter of(SpanExporter exporter, int waiting) {
    return new Counted(exporter, waiting);
  }

  long ended() {
    return ended.sum();
  }

  long taken() {
    return taken.sum();
  }

  /** Those that were sent, and not taken. */
  long refused() {
    return refused.sum();
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
    private final int waiting;
    private final AtomicBoolean failing = new AtomicBoolean();
    private final AtomicBoolean tooMany = new AtomicBoolean();

    Counted(SpanExporter exporter, int waiting) {
      this.exporter = exporter;
      this.waiting = waiting;
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
        if (failing.compareAndSet(true, false)) {
          LOG.warn("{}: spans are taken again", service);
        }
        // One batch is out of the queue, and on its way.
        if (lost() > waiting + size && tooMany.compareAndSet(false, true)) {
          LOG.warn("{}: spans come faster than they are taken, and some are lost", service);
        }
      } else {
        refused.add(size);
        if (failing.compareAndSet(false, true)) {
          LOG.warn("{}: spans are not taken: {}", service, reason(result.getFailureThrowable()));
        }
      }
    }

    /** Or on their way. */
    private long lost() {
      return ended.sum() - taken.sum();
    }

    @Override
    public CompletableResultCode flush() {
      return exporter.flush();
    }

    /** Comes when all that could be sent has been. */
    @Override
    public CompletableResultCode shutdown() {
      if (lost() > 0) {
        LOG.warn("{}: {} of {} spans were not taken", service, lost(), ended);
      }
      return exporter.shutdown();
    }
  }

  private static String reason(Throwable failure) {
    boolean answered = failure == null || failure.getCause() == null;
    return answered ? "who gets them refuses" : failure.getCause().getMessage();
  }
}
