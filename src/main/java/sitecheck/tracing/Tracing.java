package sitecheck.tracing;

import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The OpenTelemetry SDK of one service. The <a
 * href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/">standard
 * variables</a> set it up; what is given here only fills what they leave open.
 */
public final class Tracing {

  private static final String SERVICE_NAME = "otel.service.name";

  private final OpenTelemetrySdk sdk;
  private final ConfigProperties config;

  private Tracing(OpenTelemetrySdk sdk, ConfigProperties config) {
    this.sdk = sdk;
    this.config = config;
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
            .addTracerProviderCustomizer(
                (provider, properties) ->
                    printer == null ? provider : provider.addSpanProcessor(printer));
    try {
      return new Tracing(builder.build().getOpenTelemetrySdk(), config.get());
    } catch (ConfigurationException wrong) {
      String detail = wrong.getCause() == null ? "" : ": " + wrong.getCause().getMessage();
      throw new IllegalArgumentException(wrong.getMessage() + detail, wrong);
    }
  }

  /** What camel-opentelemetry makes spans with: bind it, and no other, in the registry. */
  public Tracer tracer() {
    return sdk.getTracer("camel");
  }

  /** What camel-opentelemetry passes the context on with: without it in the registry, nothing. */
  public ContextPropagators propagators() {
    return sdk.getPropagators();
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
    boolean grpc = ofTraces("protocol").equals("grpc");
    return ofTraces("endpoint") + (grpc ? " by gRPC" : "");
  }

  /** A setting of the exporter: that for traces alone, or else that for all signals. */
  private String ofTraces(String setting) {
    String forAll = config.getString("otel.exporter.otlp." + setting, "");
    return config.getString("otel.exporter.otlp.traces." + setting, forAll);
  }

  /** Sends what spans are left. When that is done, or has failed, so is the result. */
  public CompletableFuture<Void> shutdown() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    sdk.shutdown().whenComplete(() -> done.complete(null));
    return done;
  }
}
