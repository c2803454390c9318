package sitecheck.contract;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.AutoConfigurationCustomizer;
import io.opentelemetry.sdk.autoconfigure.spi.AutoConfigurationCustomizerProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** The spans of all SDKs in this JVM, from the start of a test to its end. */
final class CapturedSpans implements SpanProcessor {

  static final CapturedSpans OF_THIS_JVM = new CapturedSpans();

  private final Map<String, ReadableSpan> open = new ConcurrentHashMap<>();
  private final Queue<CapturedSpan> ended = new ConcurrentLinkedQueue<>();
  private final AtomicLong count = new AtomicLong();
  private volatile boolean capturing;
  private volatile boolean exporting = true;

  private CapturedSpans() {}

  /**
   * Adds the processor to every autoconfigured SDK, including the one of this project's tracing.
   * They export nothing while a test class with a contract runs, unless a variable says so.
   */
  public static final class OfAnySdk implements AutoConfigurationCustomizerProvider {
    @Override
    public void customize(AutoConfigurationCustomizer sdk) {
      sdk.addTracerProviderCustomizer((provider, all) -> provider.addSpanProcessor(OF_THIS_JVM));
      if (!OF_THIS_JVM.exporting) {
        sdk.addPropertiesSupplier(
            () ->
                Map.of(
                    "otel.traces.exporter", "none",
                    "otel.metrics.exporter", "none",
                    "otel.logs.exporter", "none"));
      }
    }
  }

  /** Sets a global SDK if there is none: Camel's own tracers use the global one. */
  void install() {
    if (Boolean.getBoolean("otel.java.global-autoconfigure.enabled")) {
      return; // OfAnySdk customizes the autoconfigured SDK
    }
    Attributes name =
        Attributes.of(
            AttributeKey.stringKey("service.name"),
            System.getProperty(
                "otel.service.name", System.getenv().getOrDefault("OTEL_SERVICE_NAME", "-")));
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .setResource(Resource.getDefault().merge(Resource.create(name)))
                    .addSpanProcessor(this)
                    .build())
            .setPropagators(
                ContextPropagators.create(
                    TextMapPropagator.composite(
                        W3CTraceContextPropagator.getInstance(),
                        W3CBaggagePropagator.getInstance())))
            .build();
    try {
      GlobalOpenTelemetry.set(sdk);
    } catch (IllegalStateException e) {
      sdk.close(); // another test or the application has set one
    }
  }

  /** Sets whether SDKs that are autoconfigured from now on also export their spans. */
  void exporting(boolean exporting) {
    this.exporting = exporting;
  }

  /** Forgets all spans, and captures spans that start from now on. */
  void start() {
    open.clear();
    ended.clear();
    capturing = true;
  }

  void stop() {
    capturing = false;
  }

  void add(CapturedSpan span) {
    ended.add(span);
    count.incrementAndGet();
  }

  /** Removes and returns the selected spans that have ended. */
  List<CapturedSpan> take(Predicate<CapturedSpan> which) {
    List<CapturedSpan> taken = new ArrayList<>();
    ended.removeIf(span -> which.test(span) && taken.add(span));
    return taken;
  }

  /** The spans that have started but not ended, one line each. */
  List<String> open() {
    return open.values().stream().map(span -> "the span " + span.getName() + " is open").toList();
  }

  /** The number of starts and ends of spans; it stays the same while nothing happens. */
  long count() {
    return count.get();
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    if (capturing) {
      open.put(span.getSpanContext().getSpanId(), span);
      count.incrementAndGet();
    }
  }

  @Override
  public boolean isStartRequired() {
    return true;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (open.containsKey(span.getSpanContext().getSpanId())) {
      if (span.getSpanContext().isSampled()) {
        add(new CapturedSpan(span.toSpanData()));
      }
      open.remove(span.getSpanContext().getSpanId()); // last, or for a moment neither would have it
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }
}
