package sitecheck;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import sitecheck.service.Service;
import sitecheck.service.Settings;
import sitecheck.service.StartException;
import sitecheck.tracing.TracePrinter;
import sitecheck.tracing.TraceTree;

/**
 * The entrance: runs every service, the stand-in sites and the trace store in this JVM, or those
 * that are named.
 */
public final class SiteCheck implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SiteCheck.class);

  /** The trace store, where it is named as a service is. */
  private static final String TRACES = "traces";

  /** How long whoever gets the last spans may take for them, all in all. */
  private static final Duration SENDING = Duration.ofMillis(700);

  private final Settings settings;
  private final PrintStream output;
  private final boolean everything;
  private final List<String> named;
  private final boolean storeNamed;

  /** Callers before those whom they call. */
  private final List<Service> services = new ArrayList<>();

  private final TracePrinter printer;
  private final Traces traces;

  /**
   * A system that does not run yet.
   *
   * @param names the services to run; all when empty
   * @param given settings that come before those of the files
   * @param output where finished traces are printed
   * @throws StartException when a name or a setting makes no sense
   */
  public SiteCheck(Collection<String> names, Map<String, String> given, PrintStream output) {
    this.output = output;
    everything = names.isEmpty();
    storeNamed = names.contains(TRACES);
    boolean standIns = everything || names.contains("sites");
    settings = new Settings(given, Map.of("sites", standIns ? "stand-in" : "real"));
    List<String> known = settings.list("services");
    for (String name : names) {
      if (!known.contains(name) && !name.equals(TRACES)) {
        throw new StartException(
            "there is no service '%s': name some of %s, %s, or none to run all"
                .formatted(name, String.join(", ", known), TRACES));
      }
    }
    named = known.stream().filter(name -> everything || names.contains(name)).toList();
    printer = everything && settings.flag("trace.print") ? printer() : null;
    for (String name : named) {
      services.add(new Service(name, settings, named.size() == 1, printer));
    }
    Set<String> destinations = new HashSet<>();
    services.forEach(service -> service.traceDestination().ifPresent(destinations::add));
    traces = new Traces(settings, destinations);
  }

  /** Runs until the process is told to stop. */
  public static void main(String[] names) {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    // Camel asks for it once, when its first thread starts. Where there are none, it does nothing.
    System.setProperty("camel.threads.virtual.enabled", "true");
    try {
      SiteCheck system = new SiteCheck(List.of(names), Map.of(), System.out);
      Runtime.getRuntime().addShutdownHook(new Thread(system::close, "stop"));
      system.start();
      System.out.print(system.summary());
    } catch (StartException wrong) {
      end(wrong.getMessage());
    } catch (RuntimeException unexpected) {
      end(unexpected.toString());
    }
  }

  private static void end(String reason) {
    System.err.println("site-check: " + reason);
    System.exit(1);
  }

  /**
   * Starts, callees before callers, and returns when all answer.
   *
   * @throws StartException when a port is in use or a route is wrong; what runs by then runs until
   *     {@link #close()}
   */
  public synchronized void start() {
    CompletableFuture<Void> store = CompletableFuture.runAsync(this::startStore);
    try {
      for (int i = services.size() - 1; i >= 0; i--) {
        services.get(i).start();
      }
    } finally {
      await(store); // whatever has happened, so that close() finds it
    }
  }

  private static void await(CompletableFuture<Void> start) {
    try {
      start.join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof StartException wrong ? wrong : failed;
    }
  }

  private void startStore() {
    if (storeNamed) {
      traces.startStore();
    } else if (everything) {
      traces.startStoreIfNeeded();
    }
  }

  /** Stops, callers before callees, so that what is in flight is answered; traces last. */
  @Override
  public synchronized void close() {
    Instant end = Instant.now().plusMillis(settings.number("stop.timeout"));
    CompletableFuture<?>[] spansSent =
        services.stream()
            .map(service -> service.stop(Duration.between(Instant.now(), end)))
            .toArray(CompletableFuture[]::new);
    services.clear();
    CompletableFuture.allOf(spansSent)
        .orTimeout(SENDING.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(
            late -> {
              LOG.warn("The last spans were not taken within {} ms", SENDING.toMillis());
              return null;
            })
        .join();
    if (printer != null) {
      printer.finish();
    }
    traces.close();
  }

  private TracePrinter printer() {
    // Where the terminal has no blocks, bars are of number signs.
    Charset terminal = Charset.forName(System.getProperty("stdout.encoding", nativeEncoding()));
    String bar = terminal.newEncoder().canEncode('█') ? "█" : "#";
    return new TracePrinter(new TraceTree(() -> traces.link(), bar), output::print);
  }

  private static String nativeEncoding() {
    return System.getProperty("sun.stdout.encoding", Charset.defaultCharset().name());
  }

  /** What runs where, which sites are checked and where the traces are, a line each. */
  String summary() {
    StringBuilder lines = new StringBuilder("%n".formatted());
    services.forEach(service -> lines.append(line(service.name(), service.urls())));
    settings.sites(named).forEach((site, url) -> lines.append(line("checks", site + "  " + url)));
    lines.append(line("traces", traces.toString()));
    long uptime = ManagementFactory.getRuntimeMXBean().getUptime();
    return lines
        .append(String.format(Locale.ROOT, "%nReady in %.1f s. Ctrl-C stops it.%n", uptime / 1e3))
        .toString();
  }

  private static String line(String name, String what) {
    return "  %-10s%s%n".formatted(name, what);
  }
}
