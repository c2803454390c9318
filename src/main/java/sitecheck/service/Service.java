package sitecheck.service;

import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
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
  private final Port managementPort;
  private final String scheme;
  private final Tracing tracing;
  private final Stopping stopping = new Stopping();
  private final Main main = new Main();

  /**
   * A service that does not run yet.
   *
   * @param name of the service, as it stands in front of its settings
   * @param alone whether it is the only one in this process
   * @param printer what prints the traces that it takes part in, or null
   * @throws StartException when a route file is missing, or a setting makes no sense
   */
  public Service(String name, Settings settings, boolean alone, TracePrinter printer) {
    this.name = name;
    this.port = new Port(settings.get("listen.host"), settings.number(name + ".port"));
    this.managementPort = new Port(port.host(), settings.number(name + ".management.port"));
    this.scheme = settings.isGiven(name + ".tls.certificate") ? "https" : "http";
    Properties own = settings.given();
    own.setProperty("this.service", name);
    main.setOverrideProperties(own);
    main.setInitialProperties(settings.defaults());
    main.setDefaultPropertyPlaceholderLocation(Settings.FILES);
    main.setShutdownStrategy(new SimpleMainShutdownStrategy()); // the process has one hook for all
    main.configure().setRoutesIncludePattern(String.join(",", settings.routeFiles(name)));
    try {
      tracing = Tracing.of(name, alone, settings.openTelemetry(name), printer);
    } catch (IllegalArgumentException wrong) {
      throw new StartException("OpenTelemetry: " + wrong.getMessage(), wrong);
    }
    tracing.bindTo(main::bind);
    main.bind("stopping", stopping);
  }

  /** The name that its settings begin with. */
  public String name() {
    return name;
  }

  /** Where its spans go: {@link Tracing#destination()}. */
  public Optional<String> traceDestination() {
    return tracing.destination();
  }

  /** What it answers: its address, then the paths. */
  public String urls() {
    String paths =
        Stopping.httpRoutes(main.getCamelContext())
            .map(route -> (PlatformHttpEndpoint) route.getEndpoint())
            .filter(endpoint -> !endpoint.isMatchOnUriPrefix())
            .map(PlatformHttpEndpoint::getPath)
            .distinct()
            .collect(Collectors.joining("  "));
    return port.url().replaceFirst("http", scheme) + "  " + paths;
  }

  /**
   * Starts, and returns when its routes answer.
   *
   * @throws StartException when one of its ports is in use, or a route is wrong
   */
  public void start() {
    port.requireFree(name + ".port"); // Camel only logs it, and counts the context as started
    managementPort.requireFree(name + ".management.port");
    try {
      main.start();
      Metrics.bind(main.getCamelContext(), tracing);
      Refusals.bind(main.getCamelContext());
    } catch (Exception e) {
      throw new StartException("%s did not start: %s".formatted(name, reason(e)), e);
    }
  }

  /**
   * Turns new requests away, lets those in flight end, and begins to send the last spans.
   *
   * @param limit how long to wait for those in flight; they are cut off after that
   * @return done when the last spans are sent, or cannot be
   */
  public CompletableFuture<Void> stop(Duration limit) {
    CamelContext context = main.getCamelContext();
    if (context != null) {
      stopping.begin();
      Stopping.endInFlight(context, limit);
      ShutdownStrategy shutdown = context.getShutdownStrategy();
      shutdown.setTimeUnit(TimeUnit.MILLISECONDS);
      shutdown.setTimeout(100); // there is nothing left to wait for
      shutdown.setLogInflightExchangesOnTimeout(false);
    }
    main.stop();
    return tracing.shutdown();
  }

  /** What Camel says of the route, or else of what is at the bottom, in one line. */
  private static String reason(Exception e) {
    Throwable bottom = e;
    while (bottom.getCause() != null) {
      bottom = bottom.getCause();
    }
    String cause = oneLine(bottom);
    return oneLine(e).contains(cause) ? oneLine(e) : cause;
  }

  private static String oneLine(Throwable e) {
    return String.valueOf(e.getMessage())
        .lines()
        .limit(2)
        .map(String::strip)
        .collect(Collectors.joining(" "));
  }
}
