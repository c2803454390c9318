package sitecheck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import sitecheck.service.Port;

/** Ports that nothing listens on, so that a test passes beside a running instance. */
public final class Ports {

  /** The setting that says which route files a service runs. */
  public static final String ROUTES = "camel.main.routes-include-pattern";

  private static final int IN_ONE_JVM = 5_000;

  private static final int FIRST =
      IN_ONE_JVM * (1 + Integer.parseInt(System.getProperty("test.fork", "fork 1").substring(5)));

  /** Begins anywhere: what the JVM before left may still be closing. */
  private static final AtomicInteger DRAWN =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(IN_ONE_JVM));

  private Ports() {}

  /**
   * A free port below those that the system gives to outgoing connections. A port may have to stay
   * free for a whole test, so none is given twice: JVMs that test at the same time draw from
   * different ports, and each of them in turn.
   */
  public static int free() {
    return IntStream.generate(() -> FIRST + DRAWN.getAndIncrement() % IN_ONE_JVM)
        .filter(port -> new Port("127.0.0.1", port).isFree())
        .findFirst()
        .orElseThrow();
  }

  /** The first three numbers of loopback addresses that hardly any other test has. */
  static String net() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return "127.%d.%d.".formatted(random.nextInt(1, 255), random.nextInt(1, 255));
  }

  /** A free port for everything that listens, a folder for what is kept, and time enough. */
  public static Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    String services = "main upstream service1 service2 log sites traces";
    String management = services.replaceAll("\\w+", "$0.management");
    for (String name : (services + " " + management).split(" ")) {
      settings.put(name + ".port", String.valueOf(free()));
    }
    settings.put("data.folder", folder());
    // On a busy machine a process that has just started may take longer than a user would wait.
    settings.put("log.timeout", "20000");
    settings.put("checker.timeout", "30000");
    // A test that waits for a trace has it soon.
    settings.put("otel.bsp.schedule.delay", "100");
    settings.put("traces.settle.time", "400");
    return settings;
  }

  /** An empty folder, below target. */
  public static String folder() {
    try {
      Path parent = Files.createDirectories(Path.of("target", "data"));
      return Files.createTempDirectory(parent, "test").toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A text that has the services' names in place of the ports that {@link #settings} gave them. */
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

  /** Settings as the environment of a process. */
  public static Map<String, String> environment(Map<String, String> settings) {
    Map<String, String> environment = new TreeMap<>();
    settings.forEach((name, value) -> environment.put(variable(name), value));
    return environment;
  }

  /** The environment variable that a setting can be given as. */
  public static String variable(String setting) {
    return setting.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
  }
}
