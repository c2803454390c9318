package sitecheck.service;

import static org.apache.camel.support.CamelContextHelper.findSingleByType;
import static org.apache.camel.support.component.PropertyConfigurerSupport.MAGIC_VALUE;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.PoolingHttpClientConnectionManagerMetricsBinder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.console.DevConsoleRegistry;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.spi.OnCamelContextStarted;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.service.ServiceHelper;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import sitecheck.tracing.SdkMetrics;
import sitecheck.tracing.Tracing;

/** Makes a service of a CamelContext, for the jar and for {@code camel run}. */
public final class Service extends MainListenerSupport
    implements CamelContextAware, OnCamelContextStarted {
  private CamelContext context;

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  /** Checks settings and ports, before there are beans and routes; throws a StartException. */
  @Override
  public void setCamelContext(CamelContext context) {
    this.context = context;
    String port =
        context
            .getPropertiesComponent()
            .resolveProperty("camel.server.port")
            .orElseThrow(() -> new StartException("no service is named: add --profile=main, say"));
    if (port.equals(MAGIC_VALUE)) {
      return; // camel export looks for dependencies, and knows no profile
    }
    Locale.setDefault(Locale.ROOT); // or machines would read other digits, letters and years
    // Libraries look there for classes; camel run has another loader for the jar.
    Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
    Settings settings = new Settings(context.getPropertiesComponent());
    String host = settings.get("listen.host");
    String name = settings.get("camel.main.name");
    new Port(host, settings.number("camel.server.port")).requireFree(name + ".port");
    new Port(host, settings.number("camel.management.port")).requireFree(name + ".management.port");
    boolean faults =
        settings.get("sites").equals("stand-in")
            && host.matches("localhost|127(\\.\\d+){3}|\\[::1]");
    context.getPropertiesComponent().addOverrideProperty("faults.default", String.valueOf(faults));
    context.addLifecycleStrategy(LifecycleStrategySupport.adapt(this));
    // As a bean it would come too late: Camel looks for one before it makes beans.
    context.getExecutorServiceManager().setThreadPoolFactory(new WorkerPoolFactory());
    // Early, while it is empty: later camel run has a thread that adds to it, and the start failed.
    ServiceHelper.startService(DevConsoleRegistry.get(context));
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

  /**
   * A suspended context turns new requests away and waits for those in flight; a stopping one calls
   * no route policy any more, and the tracer is one: it would not end their spans.
   */
  @Override
  public void beforeStop(BaseMainSupport main) {
    context.suspend();
  }
}
