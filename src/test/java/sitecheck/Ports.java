package sitecheck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import sitecheck.service.Port;

/** Ports that nobody listens on, so that a test passes beside a running instance. */
public final class Ports {

  /** The setting that names the route files of a service. */
  public static final String ROUTES = "camel.main.routes-include-pattern";

  private static final int IN_ONE_JVM = 5_000;

  private static final int FIRST =
      IN_ONE_JVM * (1 + Integer.parseInt(System.getProperty("test.fork", "fork 1").substring(5)));

  /** Starts at random: the previous JVM may still be closing its ports. */
  private static final AtomicInteger DRAWN =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(IN_ONE_JVM));

  private Ports() {}

  /**
   * A free port below the ports that the system uses for outgoing connections. A port may have to
   * stay free for a whole test, so none is returned twice: JVMs that run tests at the same time
   * have different ranges, and each JVM goes through its own.
   */
  public static int free() {
    return IntStream.generate(() -> FIRST + DRAWN.getAndIncrement() % IN_ONE_JVM)
        .filter(port -> new Port("127.0.0.1", port).isFree())
        .findFirst()
        .orElseThrow();
  }

  /** The first three numbers of loopback addresses, random to differ from other tests. */
  static String net() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return "127.%d.%d.".formatted(random.nextInt(1, 255), random.nextInt(1, 255));
  }

  /** Settings with a free port for everything that listens, an empty folder, and long timeouts. */
  public static Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    String services = "main upstream service1 service2 log sites traces";
    String management = services.replaceAll("\\w+", "$0.management");
    for (String name : (services + " " + management).split(" ")) {
      settings.put(name + ".port", String.valueOf(free()));
    }
    settings.put("data.folder", folder());
    // On a busy machine a new process may take longer than a user would wait.
    settings.put("log.timeout", "20000");
    settings.put("checker.timeout", "30000");
    // A test that waits for a trace gets it soon.
    settings.put("otel.bsp.schedule.delay", "100");
    settings.put("traces.settle.time", "400");
    return settings;
  }

  /** The ports of {@link #settings} that something listens on. */
  static List<String> taken(Map<String, String> settings) {
    return settings.keySet().stream()
        .filter(setting -> setting.endsWith(".port"))
        .filter(port -> !new Port("127.0.0.1", Integer.parseInt(settings.get(port))).isFree())
        .toList();
  }

  /** Creates an empty folder below target. */
  public static String folder() {
    try {
      Path parent = Files.createDirectories(Path.of("target", "data"));
      return Files.createTempDirectory(parent, "test").toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces the ports of {@link #settings} in a text by the names of the services. */
  public static String named(Map<String, String> settings, String text) {
    String named = text;
    for (Map.Entry<String, String> port : settings.entrySet()) {
      if (port.getKey().endsWith(".port")) {
        String service = port.getKey().replace(".port", "");
        named =
            named
                .replace("127.0.0.1:" + port.getValue(), service)
                .replace(" " + port.getValue(), " {" + port.getKey() + "}");
      }
    }
    return named;
  }

  /** The environment variables for settings. */
  public static Map<String, String> environment(Map<String, String> settings) {
    Map<String, String> environment = new TreeMap<>();
    settings.forEach((name, value) -> environment.put(variable(name), value));
    return environment;
  }

  /** The environment variable for a setting. */
  public static String variable(String setting) {
    return setting.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
  }
}
