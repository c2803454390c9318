package sitecheck.tracing;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Hands over each trace when it is finished: when no span of it is open any more in any of the
 * services that share this processor. It never holds up who ends a span: a trace that comes while
 * twenty wait is counted and left out.
 */
public final class TracePrinter implements SpanProcessor {

  private static final int WAITING = 20;
  private static final int OPEN_TRACES = 1000;
  private static final int SPANS_OF_A_TRACE = 500;

  private static final class OpenTrace {
    final List<SpanData> ended = new ArrayList<>();
    int open;
  }

  private final Map<String, OpenTrace> traces = new ConcurrentHashMap<>();
  private final AtomicInteger leftOut = new AtomicInteger();
  private final ThreadPoolExecutor printing;
  private final Consumer<String> output;
  private final TraceTree tree;

  /**
   * A printer of traces.
   *
   * @param tree what draws them
   * @param output what takes each tree, of several lines; called by one thread
   */
  public TracePrinter(TraceTree tree, Consumer<String> output) {
    this.tree = tree;
    this.output = output;
    this.printing =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING),
            task -> {
              Thread thread = Executors.defaultThreadFactory().newThread(task);
              thread.setName("trace-printer");
              thread.setDaemon(true);
              return thread;
            },
            (task, executor) -> leftOut.incrementAndGet());
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    traces.compute(
        span.getSpanContext().getTraceId(),
        (id, trace) -> {
          if (trace == null && traces.size() >= OPEN_TRACES) {
            return null;
          }
          OpenTrace counted = trace == null ? new OpenTrace() : trace;
          counted.open++;
          return counted;
        });
  }

  @Override
  public void onEnd(ReadableSpan span) {
    traces.computeIfPresent(
        span.getSpanContext().getTraceId(),
        (id, trace) -> {
          if (trace.ended.size() < SPANS_OF_A_TRACE) {
            trace.ended.add(span.toSpanData());
          }
          if (--trace.open > 0) {
            return trace;
          }
          printing.execute(() -> print(trace.ended));
          return null;
        });
  }

  private void print(List<SpanData> spans) {
    int unprinted = leftOut.getAndSet(0);
    if (unprinted > 0) {
      output.accept("%n%d more traces, too many to print%n".formatted(unprinted));
    }
    output.accept(tree.draw(spans));
  }

  /** Prints what waits, for a second at most. Only then is it closed: services share it. */
  public void finish() {
    printing.shutdown();
    try {
      printing.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isStartRequired() {
    return true;
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }
}
