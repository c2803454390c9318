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
import java.util.Properties;
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
 * The bean that traces a Camel application: {@code camel.beans.tracing =
 * #class:sitecheck.tracing.Tracing} in {@code application.properties} makes it.
 *
 * <p>OpenTelemetry's <a
 * href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/">standard
 * variables</a> configure it; Camel's properties that begin with {@code otel.} are their defaults.
 * Each {@link SpanProcessor} in the registry gets the spans too.
 */
public final class Tracing extends LifecycleStrategySupport implements CamelContextAware, Service {
  private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);

  private static final String PROTOCOL = "otel.exporter.otlp.protocol";

  private final SdkMetrics metrics = new SdkMetrics();
  private final CamelTracer tracer = new CamelTracer();
  private CamelContext context;
  private OpenTelemetrySdk sdk;
  private String serviceName;
  private long shutdownTimeout = 1000;

  /** Sets the name of the service, for several services in one process. */
  public void setServiceName(String serviceName) {
    this.serviceName = serviceName;
  }

  /** Sets how long the last spans may take when the context stops, in milliseconds. */
  public void setShutdownTimeout(long shutdownTimeout) {
    this.shutdownTimeout = shutdownTimeout;
  }

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  /** Adds the tracing to a context that is not initialized yet. */
  @Override
  public void setCamelContext(CamelContext context) {
    if (this.context == null) { // Camel calls this more than once
      this.context = context;
      tracer.init(context); // now, or camel.opentelemetry.enabled adds another one
      context.addLifecycleStrategy(this);
    }
  }

  /** Starts the SDK, once all beans are made and their properties are set. */
  @Override
  public void init() {
    SpanProcessor beans =
        SpanProcessor.composite(context.getRegistry().findByType(SpanProcessor.class));
    sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook() // the context's end is the SDK's
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

  @Override
  public void onEndpointAdd(Endpoint endpoint) {
    if (endpoint instanceof HttpEndpoint http) {
      ClientSpanDecorator.intercept(http);
    }
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

  /** What the variables leave open. An empty variable leaves it open too. */
  private Map<String, String> settings(ConfigProperties variables) {
    Map<String, String> settings = new HashMap<>();
    settings.put("otel.experimental.sdk.telemetry.version", "latest"); // SdkMetrics reads it
    settings.put("otel.traces.sampler", "parentbased_always_on"); // if the variable is empty
    Properties camel =
        context.getPropertiesComponent().loadProperties(name -> name.startsWith("otel."));
    for (String name : camel.stringPropertyNames()) {
      settings.put(name, context.resolvePropertyPlaceholders(camel.getProperty(name)));
    }
    String protocol = variables.getString(PROTOCOL, "");
    if (!protocol.isEmpty() && !protocol.equals(settings.get(PROTOCOL))) {
      settings.remove("otel.exporter.otlp.endpoint"); // it is that of the other protocol
    }
    settings.keySet().removeIf(name -> !variables.getString(name, "").isEmpty());
    if (serviceName != null) {
      settings.put("otel.service.name", serviceName);
    }
    return settings;
  }

  /** Names the service, and its version if it is that of this package's jar. */
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

  /** Leaves out the requests for the paths that our own setting names, and all they lead to. */
  private static Sampler untraced(Sampler sampler, ConfigProperties properties) {
    String paths = properties.getString("otel.traces.sampler.untraced", "");
    return paths.isEmpty()
        ? sampler
        : RuleBasedRoutingSampler.builder(SpanKind.SERVER, sampler).drop(URL_PATH, paths).build();
  }

  /** What the SDK counts of its spans. */
  public SdkMetrics metrics() {
    return metrics;
  }
}
