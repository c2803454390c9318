package sitecheck.service;

import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.spi.LifecycleStrategy;
import org.apache.camel.spi.RouteController;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.SimpleEventNotifierSupport;
import sitecheck.tracing.Tracing;

/** What a context that {@code camel run} starts gets as a bean, for want of a {@link Service}. */
public final class CamelRun implements CamelContextAware {

  private CamelContext context;

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  /**
   * Checks the settings, and sets up the tracing, of the service that {@code this.service} names.
   *
   * @throws StartException when a setting makes no sense, or a port is in use
   */
  @Override
  public void setCamelContext(CamelContext context) {
    if (this.context != null) {
      return; // Camel sets it when it makes the bean, and when it binds it
    }
    this.context = context;
    // Where Camel looks for decorators of spans, and Vert.x for its threads.
    Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
    Properties given = context.getPropertiesComponent().loadProperties();
    Settings settings =
        new Settings(
            given.stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, given::getProperty)),
            Map.of("sites", "real"));
    String name = settings.get("this.service");
    for (String port : new String[] {name + ".port", name + ".management.port"}) {
      new Port(settings.get("listen.host"), settings.number(port)).requireFree(port);
    }
    Tracing tracing = Tracing.of(name, true, settings.openTelemetry(name), null);
    tracing.bindTo((id, bean) -> bind(context, id, bean));
    context.addLifecycleStrategy(
        new LifecycleStrategySupport() {
          @Override
          public void onContextStarted(CamelContext started) {
            Metrics.bind(started, tracing);
            Refusals.bind(started);
            started.getManagementStrategy().addEventNotifier(new UnknownLast());
          }

          @Override
          public void onContextStopped(CamelContext stopped) {
            tracing.shutdown().join();
          }
        });
  }

  /** The strategies that are in the registry have been looked up by now. */
  private static void bind(CamelContext context, String id, Object bean) {
    context.getRegistry().bind(id, bean);
    if (bean instanceof LifecycleStrategy strategy) {
      context.addLifecycleStrategy(strategy);
    }
    if (bean instanceof InterceptStrategy strategy) {
      context.getCamelContextExtension().addInterceptStrategy(strategy);
    }
  }

  /** Has the route for all that no other takes come last again, when a file was read anew. */
  private static final class UnknownLast extends SimpleEventNotifierSupport {

    @Override
    public void notify(CamelEvent event) throws Exception {
      if (event instanceof CamelEvent.RouteReloadedEvent reloaded
          && reloaded.getIndex() == reloaded.getTotal()) {
        RouteController routes = reloaded.getRoute().getCamelContext().getRouteController();
        routes.stopRoute("unknown");
        routes.startRoute("unknown");
      }
    }
  }
}
