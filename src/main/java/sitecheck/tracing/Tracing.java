package sitecheck.tracing;

import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_VERSION;
import static io.opentelemetry.semconv.UrlAttributes.URL_PATH;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.contrib.sampler.RuleBasedRoutingSampler;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

/**
 * The OpenTelemetry SDK of one service. The <a
 * href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/">standard
 * variables</a> set it up; what is given here only fills what they leave open.
 */
public final class Tracing {

  private static final String SERVICE_NAME = "otel.service.name";

  private final OpenTelemetrySdk sdk;
  private final ConfigProperties config;
  private final SpanCount count;
  private final DroppedSpans dropped;

  private Tracing(
      OpenTelemetrySdk sdk, ConfigProperties config, SpanCount count, DroppedSpans dropped) {
    this.sdk = sdk;
    this.config = config;
    this.count = count;
    this.dropped = dropped;
  }

  /**
   * Sets up the SDK of the one service of a process, as the standard variables say.
   *
   * @param service its {@code service.name}, unless they name it
   * @throws IllegalArgumentException when one of them makes no sense
   */
  public static Tracing of(String service) {
    return of(service, true, Map.of(), null);
  }

  /**
   * Sets up the SDK of one service.
   *
   * @param service its {@code service.name}
   * @param alone whether no other service runs in this process, so that {@code OTEL_SERVICE_NAME}
   *     may rename it; it would otherwise make one service of all
   * @param defaults the SDK's settings, by their names ({@code otel.…})
   * @param printer what sees its spans besides the exporter, or null
   * @throws IllegalArgumentException when a setting of the SDK makes no sense
   */
  public static Tracing of(
      String service, boolean alone, Map<String, String> defaults, TracePrinter printer) {
    Map<String, String> settings = new HashMap<>(defaults);
    settings.put(SERVICE_NAME, service);
    SpanCount count = new SpanCount(service);
    DroppedSpans dropped = new DroppedSpans();
    AtomicReference<ConfigProperties> config = new AtomicReference<>();
    AutoConfiguredOpenTelemetrySdkBuilder builder =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook() // who stops the service closes this after it
            .addPropertiesSupplier(() -> settings)
            .addPropertiesCustomizer(
                properties -> {
                  config.set(properties);
                  return alone ? Map.of() : Map.of(SERVICE_NAME, service);
                })
            .addResourceCustomizer((given, properties) -> version().merge(given))
            .addSamplerCustomizer(Tracing::untraced)
            .addSpanExporterCustomizer(
                (exporter, properties) ->
                    count.of(exporter, properties.getInt("otel.bsp.max.queue.size", 2048)))
            .addSpanProcessorCustomizer(
                (processor, properties) -> SpanProcessor.composite(processor, count))
            .addMeterProviderCustomizer(
                (provider, properties) -> provider.registerMetricReader(dropped))
            .addTracerProviderCustomizer(
                (provider, properties) ->
                    printer == null ? provider : provider.addSpanProcessor(printer));
    try {
      return new Tracing(builder.build().getOpenTelemetrySdk(), config.get(), count, dropped);
    } catch (ConfigurationException wrong) {
      String detail = wrong.getCause() == null ? "" : ": " + wrong.getCause().getMessage();
      throw new IllegalArgumentException(wrong.getMessage() + detail, wrong);
    }
  }

  /**
   * Leaves out requests for the paths that the setting of ours names, and all that they lead to.
   */
  private static Sampler untraced(Sampler sampler, ConfigProperties properties) {
    String paths = properties.getString("otel.traces.sampler.untraced");
    return paths == null
        ? sampler
        : RuleBasedRoutingSampler.builder(SpanKind.SERVER, sampler).drop(URL_PATH, paths).build();
  }

  /** Which version this is, by the jar's manifest, unless the settings say so themselves. */
  private static Resource version() {
    String version = Tracing.class.getPackage().getImplementationVersion();
    return version == null
        ? Resource.empty()
        : Resource.create(Attributes.of(SERVICE_VERSION, version));
  }

  /**
   * Binds what Camel looks for, by its type, in the registry of the service's context: one tracer,
   * one of all else, or there is no span, and no word of it.
   *
   * @param registry takes a name and a bean: {@code main::bind}, or {@code registry::bind}
   */
  public void bindTo(BiConsumer<String, Object> registry) {
    ContextPropagators propagators = sdk.getPropagators();
    registry.accept("tracer", sdk.getTracer("camel"));
    registry.accept("propagators", propagators);
    registry.accept("serverSpan", new ServerSpanCustomizer(propagators.getTextMapPropagator()));
    registry.accept("clientSpan", new ClientSpanInterceptor());
    registry.accept("currentSpan", new CurrentSpan());
  }

  /** How many spans have ended that are to be exported. */
  public long endedSpans() {
    return count.ended();
  }

  /** How many of them were taken. */
  public long exportedSpans() {
    return count.taken();
  }

  /** How many of them are lost: the queue was full, or they were sent and not taken. */
  public long droppedSpans() {
    return dropped.sum() + count.refused();
  }

  /** Where the spans go: an OTLP endpoint, or the name of another exporter; empty for nowhere. */
  public Optional<String> destination() {
    String exporters = config.getString("otel.traces.exporter", "otlp");
    if (config.getBoolean("otel.sdk.disabled", false) || exporters.equals("none")) {
      return Optional.empty();
    }
    return Optional.of(exporters.contains("otlp") ? endpoint() : exporters);
  }

  private String endpoint() {
    boolean grpc = ofTraces("protocol", "grpc").equals("grpc");
    String standard = "http://localhost:" + (grpc ? 4317 : 4318);
    return ofTraces("endpoint", standard) + (grpc ? " by gRPC" : "");
  }

  /** A setting of the exporter: that for traces alone, or else that for all signals. */
  private String ofTraces(String setting, String standard) {
    String forAll = config.getString("otel.exporter.otlp." + setting, standard);
    return config.getString("otel.exporter.otlp.traces." + setting, forAll);
  }

  /**
   * Sends what spans are left. When that is done, or has failed, so is the result. It is for the
   * one who stops the context: what stands behind {@code Main.run()} is not waited for when the JVM
   * is terminated.
   */
  public CompletableFuture<Void> shutdown() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    sdk.shutdown().whenComplete(() -> done.complete(null));
    return done;
  }
}
