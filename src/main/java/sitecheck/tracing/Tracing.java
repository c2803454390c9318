package sitecheck.tracing;

import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_NAME;
import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_VERSION;
import static io.opentelemetry.semconv.UrlAttributes.URL_PATH;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.contrib.sampler.RuleBasedRoutingSampler;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Endpoint;
import org.apache.camel.Service;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.support.LifecycleStrategySupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bean that traces a Camel application. This line of {@code application.properties} adds it:
 * {@code camel.beans.tracing = #class:sitecheck.tracing.Tracing}.
 *
 * <p>OpenTelemetry's <a
 * href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/">standard
 * variables</a> configure it; Camel properties that begin with {@code otel.} are the defaults.
 * Every {@link SpanProcessor} in the registry gets the spans as well.
 */
public final class Tracing extends LifecycleStrategySupport implements CamelContextAware, Service {
  private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);

  private static final String PROTOCOL = "otel.exporter.otlp.protocol";
  private static final String TRACES_PROTOCOL = "otel.exporter.otlp.traces.protocol";

  private final SdkMetrics metrics = new SdkMetrics();
  private final CamelTracer tracer = new CamelTracer();
  private CamelContext context;
  private OpenTelemetrySdk sdk;
  private String serviceName;
  private long shutdownTimeout = 1000;

  /** Sets the name of the service; needed if a process has several services. */
  public void setServiceName(String serviceName) {
    this.serviceName = serviceName;
  }

  /** Limits the export of the last spans at the context's stop, in milliseconds. */
  public void setShutdownTimeout(long shutdownTimeout) {
    this.shutdownTimeout = shutdownTimeout;
  }

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  /** Adds the tracing to a context that is not yet initialized. */
  @Override
  public void setCamelContext(CamelContext context) {
    if (this.context == null) { // Camel calls this more than once
      this.context = context;
      tracer.init(context); // now, or camel.opentelemetry.enabled would add a second tracer
      context.addLifecycleStrategy(this);
      // Existing and future endpoints, even those that Camel does not keep in its registry.
      context.getCamelContextExtension().registerEndpointCallback(this::intercept);
    }
  }

  /** Starts the SDK, after all beans are created and configured. */
  @Override
  public void init() {
    SpanProcessor beans =
        SpanProcessor.composite(context.getRegistry().findByType(SpanProcessor.class));
    sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook() // it stops with the context
            .setServiceClassLoader(getClass().getClassLoader())
            .addPropertiesCustomizer(this::settings)
            .addResourceCustomizer(this::resource)
            .addSamplerCustomizer(Tracing::untraced)
            .addTracerProviderCustomizer((provider, all) -> provider.addSpanProcessor(beans))
            .addMeterProviderCustomizer((provider, all) -> provider.registerMetricReader(metrics))
            .build()
            .getOpenTelemetrySdk();
    tracer.use(sdk);
  }

  private Endpoint intercept(String uri, Endpoint endpoint) {
    if (CamelTracer.original(endpoint) instanceof HttpEndpoint http) {
      ClientSpanDecorator.intercept(http);
    }
    return endpoint;
  }

  @Override
  public void start() {}

  /** Sends the last spans. */
  @Override
  public void stop() {
    if (sdk != null && !sdk.shutdown().join(shutdownTimeout, TimeUnit.MILLISECONDS).isDone()) {
      LOG.warn("The last spans were not taken within {} ms", shutdownTimeout);
    }
  }

  /** The settings for which there is no variable, or an empty one. */
  private Map<String, String> settings(ConfigProperties variables) {
    Map<String, String> settings = new HashMap<>();
    settings.put("otel.experimental.sdk.telemetry.version", "latest"); // SdkMetrics reads it
    settings.put("otel.traces.sampler", "parentbased_always_on"); // for an empty variable
    var camel = context.getPropertiesComponent().loadProperties(name -> name.startsWith("otel."));
    for (String name : camel.stringPropertyNames()) {
      settings.put(name, context.resolvePropertyPlaceholders(camel.getProperty(name)));
    }
    String protocol = variables.getString(TRACES_PROTOCOL, variables.getString(PROTOCOL, ""));
    if (!protocol.isEmpty() && !protocol.equals(settings.get(PROTOCOL))) {
      settings.remove("otel.exporter.otlp.endpoint"); // it belongs to the other protocol
    }
    settings.keySet().removeIf(name -> !variables.getString(name, "").isEmpty());
    if (serviceName != null) {
      settings.put("otel.service.name", serviceName);
    }
    return settings;
  }

  /** Adds the service's name and the version of the jar that has this package. */
  private Resource resource(Resource given, ConfigProperties settings) {
    String name = given.getAttribute(SERVICE_NAME);
    if (name.isEmpty() || name.startsWith("unknown_service")) { // OTEL_SERVICE_NAME may be empty
      name = settings.getMap("otel.resource.attributes").get("service.name");
    }
    if (name == null) {
      name = context.resolvePropertyPlaceholders("{{camel.main.name:" + context.getName() + "}}");
    }
    String version = getClass().getPackage().getImplementationVersion();
    Resource ours = Resource.builder().put(SERVICE_VERSION, version).build();
    return ours.merge(given).toBuilder().put(SERVICE_NAME, name).build();
  }

  /** Drops the traces of requests for the paths that our own setting lists. */
  private static Sampler untraced(Sampler sampler, ConfigProperties properties) {
    String paths = properties.getString("otel.traces.sampler.untraced", "");
    if (paths.isEmpty()) {
      return sampler;
    }
    Sampler requests =
        RuleBasedRoutingSampler.builder(SpanKind.SERVER, sampler).drop(URL_PATH, paths).build();
    return Sampler.parentBasedBuilder(requests) // a sampler may ignore that the request is dropped
        .setRemoteParentSampled(requests)
        .setRemoteParentNotSampled(requests)
        .setLocalParentSampled(requests)
        .build();
  }

  /** The SDK's own counts of spans. */
  public SdkMetrics metrics() {
    return metrics;
  }
}
