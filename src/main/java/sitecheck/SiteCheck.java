package sitecheck;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.apache.camel.spi.ShutdownStrategy;
import org.slf4j.bridge.SLF4JBridgeHandler;
import sitecheck.service.Port;
import sitecheck.service.Settings;
import sitecheck.service.StartException;
import sitecheck.trace.TracePrinter;

/**
 * The entrance: runs every service in this JVM, or those that are named, each in a CamelContext of
 * its own.
 */
public final class SiteCheck implements AutoCloseable {
  /** The trace store; it is left out of the whole when something else takes the spans. */
  private static final String TRACES = "traces";

  private final Properties given = new Properties();
  private final Settings settings;
  private final TracePrinter printer;

  /** Callers before callees. */
  private final Map<String, Main> services = new LinkedHashMap<>();

  /**
   * A system that does not run yet.
   *
   * @param names the services to run; all when empty
   * @param given settings that win over those of the files
   * @param output takes each finished trace, when all services run
   * @throws StartException when a name or a setting makes no sense
   */
  public SiteCheck(Collection<String> names, Map<String, String> given, PrintStream output) {
    boolean all = names.isEmpty();
    this.given.putAll(given);
    if (all || names.contains("sites")) {
      this.given.setProperty("sites.default", "stand-in");
    }
    settings = Settings.read(this.given);
    List<String> known = settings.list("services");
    for (String name : names) {
      if (!known.contains(name)) {
        throw new StartException(
            "there is no service '%s': name some of %s, or none to run all"
                .formatted(name, String.join(", ", known)));
      }
    }
    List<String> wanted =
        known.stream()
            .filter(name -> all || names.contains(name))
            .filter(name -> !all || !name.equals(TRACES) || spansComeHere() && port(name).isFree())
            .toList();
    printer =
        all && settings.flag("trace.print")
            ? new TracePrinter(this::traceLink, output::print)
            : null;
    wanted.forEach(name -> services.put(name, service(name, wanted.size() == 1)));
  }

  private Main service(String name, boolean alone) {
    Main main = new Main();
    Properties own = (Properties) given.clone();
    if (!alone) {
      own.setProperty("camel.beans.tracing.service-name", name);
    }
    main.setOverrideProperties(own);
    main.setDefaultPropertyPlaceholderLocation(Settings.files(name));
    main.configure().setProfile(name);
    main.setShutdownStrategy(new SimpleMainShutdownStrategy()); // the process has one hook for all
    if (printer != null) {
      main.bind("tracePrinter", printer);
    }
    return main;
  }

  /** Where the spans go; empty when they go nowhere. */
  private String spansEndpoint() {
    boolean none =
        settings.flag("otel.sdk.disabled") || settings.get("otel.traces.exporter").equals("none");
    return none ? "" : settings.get("otel.exporter.otlp.endpoint").replaceFirst("/$", "");
  }

  /** Whether the spans go to the port of the trace store, whatever listens there. */
  private boolean spansComeHere() {
    return Stream.of("localhost", "127.0.0.1", settings.get("listen.host"))
        .map(host -> "http://" + host + ":" + port(TRACES).number())
        .anyMatch(spansEndpoint()::equals);
  }

  private Port port(String name) {
    return new Port(settings.get("listen.host"), settings.number(name + ".port"));
  }

  /** Runs until the process is told to stop. */
  public static void main(String[] names) {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    // Camel asks for it before it reads a file. It does nothing where the JDK has no virtual
    // threads.
    System.setProperty("camel.threads.virtual.enabled", "true");
    try {
      SiteCheck system = new SiteCheck(List.of(names), Map.of(), System.out);
      Runtime.getRuntime().addShutdownHook(new Thread(system::close, "stop"));
      system.start();
      System.out.print(system.summary());
    } catch (RuntimeException e) {
      System.err.println("site-check: " + (e instanceof StartException ? e.getMessage() : e));
      System.exit(1);
    }
  }

  /**
   * Starts, callees before callers, and returns when all answer.
   *
   * @throws StartException when a port is in use or a route is wrong; services that run by then run
   *     until {@link #close()}
   */
  public synchronized void start() {
    List<String> calleesFirst = new ArrayList<>(services.keySet());
    Collections.reverse(calleesFirst);
    for (String name : calleesFirst) {
      try {
        services.get(name).start();
      } catch (Exception e) {
        throw StartException.of(name, e);
      }
    }
  }

  /**
   * Stops, so that requests in flight are answered and the last spans are stored: callers before
   * callees, the trace store last.
   */
  @Override
  public synchronized void close() {
    long end = System.nanoTime() + settings.number("stop.timeout") * 1_000_000L;
    for (Main main : services.values()) {
      CamelContext context = main.getCamelContext();
      if (context != null) {
        ShutdownStrategy shutdown = context.getShutdownStrategy();
        shutdown.setTimeUnit(TimeUnit.MILLISECONDS); // a start that failed left it at seconds
        shutdown.setTimeout(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        context.suspend();
        shutdown.setTimeout(500); // what is still in flight is cut off
        shutdown.setSuppressLoggingOnTimeout(true);
      }
    }
    Main store = services.remove(TRACES);
    CompletableFuture<?>[] stopping =
        services.values().stream()
            .map(main -> CompletableFuture.runAsync(main::stop, task -> new Thread(task).start()))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(stopping).join();
    services.clear();
    if (store != null) {
      store.stop();
    }
    if (printer != null) {
      printer.finish();
    }
  }

  /** The address of a trace's page up to its id, or a word where the address would lead nowhere. */
  private String traceLink() {
    String page = settings.get("traces.ui.trace");
    boolean ours = page.startsWith("http://localhost:" + port(TRACES).number() + "/");
    return ours && !spansComeHere() ? "trace " : page;
  }

  /** Where each service listens, which sites are checked and where the traces are, a line each. */
  String summary() {
    StringBuilder lines = new StringBuilder("%n".formatted());
    boolean secure = !settings.get("main.tls.certificate").isEmpty();
    for (String name : services.keySet()) {
      String url = port(name).url();
      boolean isSecure = secure && name.equals("main");
      lines.append(line(name, isSecure ? url.replaceFirst("http", "https") : url));
    }
    for (String name : services.keySet()) {
      if (settings.has(name + ".site")) {
        String site = settings.get(name + ".site");
        lines.append(line("checks", site + "  " + settings.get("site." + site + ".url")));
      }
    }
    String sent = spansEndpoint().isEmpty() ? "not sent" : "sent to " + spansEndpoint();
    String taken = spansComeHere() ? ", where another process listens" : "";
    boolean ours = services.containsKey(TRACES);
    lines.append(line("spans", ours ? settings.get("traces.ui.url") : sent + taken));
    long uptime = ManagementFactory.getRuntimeMXBean().getUptime();
    return lines
        .append(String.format(Locale.ROOT, "%nReady in %.1f s. Ctrl-C stops it.%n", uptime / 1e3))
        .toString();
  }

  private static String line(String name, String text) {
    return "  %-10s%s%n".formatted(name, text);
  }
}
