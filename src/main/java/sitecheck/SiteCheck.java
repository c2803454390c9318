package sitecheck;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.slf4j.bridge.SLF4JBridgeHandler;
import sitecheck.service.Settings;
import sitecheck.service.StartException;
import sitecheck.trace.TracePrinter;

/** Runs all services in this JVM, or those that are named, each in a CamelContext of its own. */
public final class SiteCheck implements AutoCloseable {
  private static final String TRACES = "traces"; // not started if another receiver has its port

  private static final String LEVELS = "TRACE|DEBUG|INFO|WARN|ERROR|OFF";

  private final Properties given = new Properties();
  private Settings settings;
  private final SpanDestination spans;
  private final TracePrinter printer;
  private final Map<String, Main> services = new LinkedHashMap<>(); // callers before callees

  /**
   * Prepares the named services. Without names it prepares all of them, and prints their traces.
   * The given settings override those of the files.
   *
   * @throws StartException if a service does not exist or a setting is invalid
   */
  public SiteCheck(Collection<String> names, Map<String, String> given, PrintStream output) {
    Locale.setDefault(Locale.ROOT); // or the digits and dates for machines would depend on it
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
    boolean prints = all && settings.get("trace.print").equals("true");
    printer = prints ? new TracePrinter(this::traceLink, output::print) : null;
    spans = new SpanDestination(settings);
    boolean here = all && settings.get("traces.jaeger").isEmpty() && spans.goToStore();
    boolean ours = here && spans.store().isFree();
    if (here && !ours && SpanDestination.isJaegerHere()) {
      this.given.setProperty("traces.jaeger", SpanDestination.JAEGER);
      settings = Settings.read(this.given);
    }
    for (String name : known) {
      if (all ? ours || !name.equals(TRACES) : names.contains(name)) {
        services.put(name, service(name, names.size() == 1));
      }
    }
    requireDistinctPorts();
  }

  /** The services of a process share their threads, so two of them could listen on one port. */
  private void requireDistinctPorts() {
    Map<Integer, String> settingOf = new HashMap<>();
    for (String name : services.keySet()) {
      for (String setting : List.of(name + ".port", name + ".management.port")) {
        int port = settings.number(setting);
        String other = settingOf.put(port, setting);
        if (other != null) {
          throw new StartException(
              "%s and %s are both %d: set one of them to another port"
                  .formatted(other, setting, port));
        }
      }
    }
  }

  private Main service(String name, boolean alone) {
    Main main = new Main();
    main.setOverrideProperties((Properties) given.clone());
    if (!alone) {
      main.addOverrideProperty("camel.beans.tracing.service-name", name);
    }
    main.setDefaultPropertyPlaceholderLocation(Settings.files(name));
    main.setShutdownStrategy(new SimpleMainShutdownStrategy()); // one hook stops all services
    if (printer != null) {
      main.bind("tracePrinter", printer);
    }
    return main;
  }

  /** Runs until the process is told to stop, or for {@code camel.main.duration-max-seconds}. */
  public static void main(String[] names) throws InterruptedException {
    String level = SpanDestination.variable("LOG_LEVEL");
    if (level.isEmpty()) {
      System.setProperty("LOG_LEVEL", "WARN");
    } else if (!level.matches("(?i)" + LEVELS)) { // Logback would use DEBUG
      System.err.println("site-check: LOG_LEVEL is '" + level + "', but must be " + LEVELS);
      System.exit(1);
    }
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    // Camel reads it before any file. It has no effect on JDK 17.
    System.getProperties().putIfAbsent("camel.threads.virtual.enabled", "true");
    try {
      SiteCheck system = new SiteCheck(List.of(names), Map.of(), System.out);
      System.setProperty("spans.endpoint", system.spans.endpoint()); // for logback.xml
      Runtime.getRuntime().addShutdownHook(new Thread(system::closeInTime, "stop"));
      system.start();
      System.out.print(system.summary());
      int seconds = system.settings.number("camel.main.duration-max-seconds:0");
      if (seconds > 0) {
        Thread.sleep(seconds * 1000L);
        System.exit(0);
      }
    } catch (RuntimeException e) {
      System.err.println("site-check: " + (e instanceof StartException ? e.getMessage() : e));
      System.exit(1);
    }
  }

  /**
   * Starts all services at once, but the first caller last: when it answers, all of them answer.
   *
   * @throws StartException if one cannot start; the others run until {@link #close}
   */
  public synchronized void start() {
    List<String> names = new ArrayList<>(services.keySet());
    Collections.reverse(names);
    int callees = Math.max(0, names.size() - 1);
    try {
      atOnce(names.subList(0, callees).stream().map(name -> () -> start(name)));
    } catch (CompletionException e) {
      throw e.getCause() instanceof StartException failure ? failure : e;
    }
    names.subList(callees, names.size()).forEach(this::start);
  }

  private void start(String name) {
    try {
      services.get(name).start();
    } catch (Exception e) {
      throw StartException.of(name, e);
    }
  }

  private static void atOnce(Stream<Runnable> tasks) {
    CompletableFuture<?>[] running =
        tasks
            .map(it -> CompletableFuture.runAsync(it, task -> new Thread(task).start()))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(running).exceptionally(failed -> null).join();
    Stream.of(running).forEach(CompletableFuture::join); // throws the first failure
  }

  /** Closes, but waits no longer than that may take: a start may hang in its database. */
  private void closeInTime() {
    int limit = settings.number("stop.timeout") + settings.number("stop.spans.timeout") + 2000;
    CompletableFuture.runAsync(this::close, task -> new Thread(task).start())
        .completeOnTimeout(null, limit, TimeUnit.MILLISECONDS)
        .join();
  }

  /** Completes the requests in flight, then stops callers before callees, the trace store last. */
  @Override
  public synchronized void close() {
    Main store = services.get(TRACES); // takes the last spans of the others
    long end = System.nanoTime() + settings.number("stop.timeout") * 1_000_000L;
    for (Main main : services.values()) {
      var context = main.getCamelContext();
      if (context != null && main != store) {
        var shutdown = context.getShutdownStrategy();
        shutdown.setTimeUnit(TimeUnit.MILLISECONDS); // after a failed start it is still seconds
        shutdown.setTimeout(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        context.suspend();
        shutdown.setTimeout(500); // then requests still in flight are cut off
        shutdown.setSuppressLoggingOnTimeout(true);
      }
    }
    services.remove(TRACES);
    atOnce(services.values().stream().map(main -> main::stop));
    services.clear();
    if (store != null) {
      store.stop();
    }
    if (printer != null) {
      printer.finish();
    }
  }

  /** Whether links to traces work. */
  private boolean haveUi() {
    return services.containsKey(TRACES) || !settings.get("traces.jaeger").isEmpty();
  }

  /** The text before a trace's id: the address of its page, or a word if it has no page. */
  private String traceLink() {
    return haveUi() ? settings.get("traces.ui.trace") : "trace ";
  }

  /** Lists the addresses of the services, of the checked sites and of the traces. */
  String summary() {
    StringBuilder lines = new StringBuilder("%n".formatted());
    for (String name : services.keySet()) {
      boolean secure = name.equals("main") && !settings.get("main.tls.certificate").isEmpty();
      String at = (secure ? "https://" : "http://") + settings.get("listen.host") + ":";
      // Listening everywhere: a container does not know the address that its clients use.
      String listens = at.contains("//0.0.0.0:") ? "port " : at;
      lines.append(line(name, listens + settings.get(name + ".port")));
    }
    for (String name : services.keySet()) {
      String site = settings.get(name + ".site:"); // empty if the service checks none
      if (!site.isEmpty()) {
        lines.append(line("checks", site + "  " + settings.get("site." + site + ".url")));
      }
    }
    lines.append(line("spans", haveUi() ? settings.get("traces.ui.url") : spans.summary()));
    double uptime = ManagementFactory.getRuntimeMXBean().getUptime() / 1e3; // seconds
    return lines + String.format(Locale.ROOT, "%nReady in %.1f s. Ctrl-C stops it.%n", uptime);
  }

  private static String line(String name, String text) {
    return "  %-10s%s%n".formatted(name, text);
  }
}
