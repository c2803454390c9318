package sitecheck.service;

import static org.apache.camel.support.CamelContextHelper.findSingleByType;
import static org.apache.camel.support.component.PropertyConfigurerSupport.MAGIC_VALUE;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.PoolingHttpClientConnectionManagerMetricsBinder;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.spi.LifecycleStrategy;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import sitecheck.tracing.SdkMetrics;
import sitecheck.tracing.Tracing;

/**
 * Makes a service of a CamelContext: checks its settings and its ports, and adds its metrics. It is
 * a bean of the context, so that the jar and {@code camel run} share it.
 */
public final class Service extends LifecycleStrategySupport
    implements LifecycleStrategy, CamelContextAware {
  private CamelContext context;

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  /**
   * Sets up the context, before it has routes.
   *
   * @throws StartException when a setting makes no sense, or a port is in use
   */
  @Override
  public void setCamelContext(CamelContext context) {
    if (this.context != null) {
      return; // Camel sets it when it makes the bean, and when it binds it
    }
    this.context = context;
    String port =
        context
            .getPropertiesComponent()
            .resolveProperty("camel.server.port")
            .orElseThrow(() -> new StartException("no service is named: add --profile=main, say"));
    if (port.equals(MAGIC_VALUE)) {
      return; // camel export looks for dependencies, and knows no profile
    }
    // Libraries look there for classes; camel run has another loader for the jar.
    Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
    Settings settings = new Settings(context.getPropertiesComponent());
    String host = settings.get("listen.host");
    new Port(host, settings.number("camel.server.port")).requireFree(context.getName() + ".port");
    new Port(host, settings.number("camel.management.port"))
        .requireFree(context.getName() + ".management.port");
    boolean faults =
        settings.get("sites").equals("stand-in")
            && host.matches("localhost|127(\\.\\d+){3}|\\[::1]");
    context.getPropertiesComponent().addOverrideProperty("faults.default", String.valueOf(faults));
    LiveReload.configure(context, settings);
    context.addLifecycleStrategy(this);
  }

  /** Sets the limit of a stop, and adds the metrics: spans, connections, and each MeterBinder. */
  @Override
  public void onContextStarted(CamelContext context) {
    String limit = context.resolvePropertyPlaceholders("{{stop.timeout}}");
    context.getShutdownStrategy().setTimeUnit(TimeUnit.MILLISECONDS);
    context.getShutdownStrategy().setTimeout(Long.parseLong(limit));
    MeterRegistry meters = findSingleByType(context, MeterRegistry.class);
    SdkMetrics spans = findSingleByType(context, Tracing.class).metrics();
    FunctionCounter.builder("spans.started", spans, SdkMetrics::started).register(meters);
    FunctionCounter.builder("spans.exported", spans, SdkMetrics::exported).register(meters);
    FunctionCounter.builder("spans.dropped", spans, SdkMetrics::dropped).register(meters);
    new PoolingHttpClientConnectionManagerMetricsBinder(
            findSingleByType(context, PoolingHttpClientConnectionManager.class), "calls")
        .bindTo(meters);
    context.getRegistry().findByType(MeterBinder.class).forEach(binder -> binder.bindTo(meters));
  }
}
