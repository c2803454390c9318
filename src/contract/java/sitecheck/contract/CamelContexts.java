package sitecheck.contract;

import java.net.URL;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.Service;
import org.apache.camel.spi.CamelContextTracker;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.service.ServiceHelper;

/** The Camel contexts of this JVM: their unfinished work and their tracer. */
final class CamelContexts extends CamelContextTracker {

  static final CamelContexts OF_THIS_JVM = new CamelContexts();

  private final Set<CamelContext> contexts = ConcurrentHashMap.newKeySet();
  private volatile String tracer = "no tracer";
  private volatile String name = "-";

  private CamelContexts() {
    open();
  }

  @Override
  public void contextCreated(CamelContext context) {
    contexts.add(context);
  }

  @Override
  public void contextDestroyed(CamelContext context) {
    look(context);
    contexts.remove(context);
  }

  /** The unfinished exchanges, one line for each context and each route that has some. */
  List<String> busy() {
    List<String> busy = new ArrayList<>();
    for (CamelContext context : contexts) {
      if (context.isStarted() && context.getInflightRepository().size() > 0) {
        busy.add(
            "%d exchanges of %s are in flight"
                .formatted(context.getInflightRepository().size(), context.getName()));
      }
      for (Route route : context.isStarted() ? context.getRoutes() : List.<Route>of()) {
        int pending = pending(route);
        if (pending > 0) {
          busy.add("%d exchanges wait for the route %s".formatted(pending, route.getRouteId()));
        }
      }
    }
    return busy;
  }

  /** The number of exchanges in a route's queue, as Camel counts them for a graceful shutdown. */
  private static int pending(Route route) {
    List<Service> services = new ArrayList<>(route.getServices());
    services.add(route.getConsumer());
    return services.stream()
        .flatMap(service -> ServiceHelper.getChildServices(service, true).stream())
        .filter(ShutdownAware.class::isInstance)
        .filter(service -> !empties(route)) // SEDA would purge its queue when asked
        .mapToInt(service -> ((ShutdownAware) service).getPendingExchangesSize())
        .sum();
  }

  private static boolean empties(Route route) {
    return route.getEndpoint().getEndpointUri().contains("purgeWhenStopping=true");
  }

  /** The artifact and version of Camel's tracer, such as {@code camel-…-4.18.0}. */
  String tracer() {
    lookAtAll();
    return tracer;
  }

  /** The name of the application, if any: {@code camel.main.name}, else the context's name. */
  String name() {
    lookAtAll();
    return name;
  }

  /** Skips contexts that never start: they may exist only for their properties, for example. */
  private void lookAtAll() {
    contexts.stream().filter(CamelContext::isStarted).forEach(this::look);
  }

  private void look(CamelContext context) {
    name = context.resolvePropertyPlaceholders("{{camel.main.name:" + context.getName() + "}}");
    Set<String> found = new TreeSet<>();
    context.hasServices(Service.class).stream()
        .map(Object::getClass)
        .filter(CamelContexts::isTracer)
        .forEach(type -> found.add(artifact(type)));
    if (!found.isEmpty()) {
      tracer = String.join(", ", found);
    }
  }

  private static boolean isTracer(Class<?> type) {
    return type != null
        && (type.getName().matches("org\\.apache\\.camel\\.(tracing|telemetry)\\.Tracer")
            || isTracer(type.getSuperclass()));
  }

  private static String artifact(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL jar = source == null ? null : source.getLocation();
    return jar != null && jar.getPath().endsWith(".jar")
        ? jar.getPath().replaceAll(".*/|\\.jar$", "")
        : type.getName();
  }
}
