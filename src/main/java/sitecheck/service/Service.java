package sitecheck.service;

import static org.apache.camel.support.CamelContextHelper.findSingleByType;
import static org.apache.camel.support.component.PropertyConfigurerSupport.MAGIC_VALUE;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.PoolingHttpClientConnectionManagerMetricsBinder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.camel.BeanInject;
import org.apache.camel.CamelContext;
import org.apache.camel.console.DevConsoleRegistry;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.spi.OnCamelContextStarted;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.service.ServiceHelper;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import sitecheck.tracing.SdkMetrics;
import sitecheck.tracing.Tracing;

/** Sets up a CamelContext as a service, for the jar and for {@code camel run}. */
public final class Service extends MainListenerSupport implements OnCamelContextStarted {
  /** Checks settings and ports before beans and routes exist; throws a StartException. */
  @BeanInject
  public void setCamelContext(CamelContext context) {
    String port =
        context
            .getPropertiesComponent()
            .resolveProperty("camel.server.port")
            .orElseThrow(() -> new StartException("no service is named: add --profile=main"));
    if (port.equals(MAGIC_VALUE)) {
      return; // camel export only looks for dependencies, without a profile
    }
    Locale.setDefault(Locale.ROOT); // or the digits and dates for machines would depend on it
    // Libraries load classes by it; camel run has loaded the jar by another one.
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
    // Not as a bean: Camel looks for a factory before it creates beans.
    context.getExecutorServiceManager().setThreadPoolFactory(new WorkerPool.Factory());
    // Early, while it is empty: later a thread of camel run adds to it, and the start could fail.
    ServiceHelper.startService(DevConsoleRegistry.get(context));
  }

  /** Limits the time of a stop, and registers the metrics of spans, connections and beans. */
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
   * Suspends the context: it turns new requests away and completes those in flight. A stopping
   * context no longer calls route policies, and the tracer is one: it would not end their spans.
   */
  @Override
  public void beforeStop(BaseMainSupport main) {
    main.getCamelContext().suspend();
  }
}
