package sitecheck.service;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.apache.camel.spi.ShutdownStrategy;
import sitecheck.tracing.TracePrinter;
import sitecheck.tracing.Tracing;

/** One service: a CamelContext with its routes, its port and its own tracing. */
public final class Service {

  private final String name;
  private final Port port;
  private final Tracing tracing;
  private final Main main = new Main();

  /**
   * A service that does not run yet.
   *
   * @param name of the service, as it stands in front of its settings
   * @param alone whether it is the only one in this process
   * @param printer what prints the traces that it takes part in, or null
   * @throws StartException when one of its settings or route files is missing
   */
  public Service(String name, Settings settings, boolean alone, TracePrinter printer) {
    this.name = name;
    this.port = new Port(settings.get("listen.host"), settings.number(name + ".port"));
    Properties own = settings.given();
    own.setProperty("this.service", name);
    main.setOverrideProperties(own);
    main.setInitialProperties(settings.defaults());
    main.setDefaultPropertyPlaceholderLocation(Settings.FILES);
    main.setShutdownStrategy(new SimpleMainShutdownStrategy()); // the process has one hook for all
    main.configure().setRoutesIncludePattern(String.join(",", settings.routeFiles(name)));
    tracing = Tracing.of(name, alone, settings.openTelemetry(name), printer);
    main.bind("tracer", tracing.tracer());
    main.bind("propagators", tracing.propagators());
  }

  public String name() {
    return name;
  }

  /** Where its spans go: {@link Tracing#destination()}. */
  public String traceDestination() {
    return tracing.destination();
  }

  /** What it answers: its address, then the paths. */
  public String urls() {
    List<String> paths =
        main.getCamelContext().getRoutes().stream()
            .map(Route::getEndpoint)
            .filter(PlatformHttpEndpoint.class::isInstance)
            .map(endpoint -> ((PlatformHttpEndpoint) endpoint).getPath())
            .distinct()
            .toList();
    return "http://%s:%d  %s".formatted(port.host(), port.number(), String.join("  ", paths));
  }

  /**
   * Starts, and returns when its routes answer.
   *
   * @throws StartException when its port is in use, or a route is wrong
   */
  public void start() {
    // Camel only logs that a port is in use, and counts the context as started.
    if (!port.isFree()) {
      throw new StartException(
          "port %d on %s is in use: stop what listens there, or set %s.port"
              .formatted(port.number(), port.host(), name));
    }
    try {
      main.start();
    } catch (Exception e) {
      throw new StartException("%s did not start: %s".formatted(name, rootCause(e)), e);
    }
  }

  /** Lets what is in flight end, within the limit, and sends the last spans. */
  public void stop(Duration limit) {
    CamelContext context = main.getCamelContext();
    if (context != null) {
      ShutdownStrategy shutdown = context.getShutdownStrategy();
      shutdown.setTimeUnit(TimeUnit.MILLISECONDS);
      shutdown.setTimeout(Math.max(1, limit.toMillis()));
    }
    main.stop();
    tracing.close();
  }

  private static String rootCause(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
  }
}
