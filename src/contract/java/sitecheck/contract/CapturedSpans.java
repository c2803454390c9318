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

/** The spans of all SDKs of this JVM, from the start of a test to its end. */
final class CapturedSpans implements SpanProcessor {

  static final CapturedSpans OF_THIS_JVM = new CapturedSpans();

  private final Map<String, ReadableSpan> open = new ConcurrentHashMap<>();
  private final Queue<CapturedSpan> ended = new ConcurrentLinkedQueue<>();
  private final AtomicLong count = new AtomicLong();
  private volatile boolean capturing;
  private volatile boolean exporting = true;

  private CapturedSpans() {}

  /**
   * Adds itself to every SDK that is autoconfigured, the tracing of this project among them. None
   * of them exports while a test class looks at its traces, unless a variable says that it should.
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

  /** Gives Camel's own tracers an SDK, which they ask the global one for, if there is none. */
  void install() {
    if (Boolean.getBoolean("otel.java.global-autoconfigure.enabled")) {
      return; // what is autoconfigured has been customized
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
      sdk.close(); // another test's, or the application's own
    }
  }

  /** Sets whether an SDK that is autoconfigured from now on exports its spans as well. */
  void exporting(boolean exporting) {
    this.exporting = exporting;
  }

  /** Forgets all spans, and captures those that start from now on. */
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

  /** Removes those that have ended, and returns them. */
  List<CapturedSpan> take(Predicate<CapturedSpan> which) {
    List<CapturedSpan> taken = new ArrayList<>();
    ended.removeIf(span -> which.test(span) && taken.add(span));
    return taken;
  }

  /** Those that have started and have not ended, a line each. */
  List<String> open() {
    return open.values().stream().map(span -> "the span " + span.getName() + " is open").toList();
  }

  /** How many have started or ended: it stands still when nothing happens. */
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
      open.remove(span.getSpanContext().getSpanId()); // last, or nobody would have it meanwhile
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }
}
