package sitecheck.trace;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Prints each trace when its last open span ends, and drops traces while twenty wait. */
public final class TracePrinter implements SpanProcessor {
  private record OpenTrace(List<Span> ended, AtomicInteger open) {}

  private final Map<String, OpenTrace> traces = new HashMap<>(); // at most a thousand
  private final ExecutorService printing =
      new ThreadPoolExecutor(1, 1, 0, SECONDS, new ArrayBlockingQueue<>(20), new DiscardPolicy());
  private final Supplier<String> ui;
  private final Consumer<String> output;

  /** Writes to the output, from one thread; the trace's id follows this text. */
  public TracePrinter(Supplier<String> ui, Consumer<String> output) {
    this.ui = ui;
    this.output = output;
  }

  @Override
  public synchronized void onStart(Context parent, ReadWriteSpan span) {
    String id = span.getSpanContext().getTraceId();
    if (traces.size() < 1000 || traces.containsKey(id)) {
      traces.putIfAbsent(id, new OpenTrace(new ArrayList<>(), new AtomicInteger()));
      traces.get(id).open.incrementAndGet();
    }
  }

  @Override
  public synchronized void onEnd(ReadableSpan span) {
    String id = span.getSpanContext().getTraceId();
    OpenTrace trace = traces.get(id);
    if (trace != null && trace.ended.size() < 500) {
      trace.ended.add(span(span.toSpanData()));
    }
    if (trace != null && trace.open.decrementAndGet() == 0) {
      traces.remove(id);
      printing.execute(() -> output.accept(Trace.of(trace.ended, ui.get()).text()));
    }
  }

  /** Converts a span of the SDK, without its attributes. */
  static Span span(SpanData span) {
    var status = span.getStatus();
    return new Span(
        span.getTraceId(),
        span.getSpanId(),
        span.getParentSpanId(),
        span.getResource().getAttribute(AttributeKey.stringKey("service.name")),
        span.getName(),
        span.getKind().name(),
        span.getStartEpochNanos(),
        span.getEndEpochNanos(),
        status.getStatusCode() == StatusCode.ERROR ? status.getDescription() : null,
        Map.of());
  }

  /** Prints waiting traces, for at most a second. Services share the printer: close it last. */
  public void finish() {
    printing.shutdown();
    try {
      printing.awaitTermination(1, SECONDS);
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
