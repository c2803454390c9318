package sitecheck;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Each service in its own process, except for the sites, which run in this JVM. Processes start
 * slowly: after a change of settings only the services that read a changed one are restarted.
 */
final class Processes implements AutoCloseable {

  /** Callees before callers. */
  private static final List<String> SERVICES =
      List.of("sites", "log", "service2", "service1", "upstream", "main");

  /** The services that read a setting, by the beginning of its name. */
  private static final Map<String, List<String>> READERS =
      Map.of(
          "camel.variable.fault", List.of("service1", "service2"),
          "check-sites.", List.of("upstream"),
          "delivery.", List.of("service1", "service2"),
          "services", List.of(),
          "site.qq.", List.of("service2"),
          "site.timeout", List.of(), // it is long for all
          "sites.", List.of("sites"));

  /** A request for one of these paths reaches all callees. */
  private static final Map<String, String> WARM_UP =
      Map.of(
          "service1", "/api/check",
          "service2", "/api/check",
          "upstream", "/api/check-sites",
          "main", "/check-sites");

  private static final String UNSAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

  private final Launcher launcher;
  private final Map<String, String> settings;
  private final Map<String, AutoCloseable> running = new TreeMap<>();
  private final Map<String, Map<String, String>> given = new TreeMap<>();

  /**
   * Starts nothing yet.
   *
   * @param settings those of {@link Ports#settings()}, and more
   */
  Processes(Launcher launcher, Map<String, String> settings) {
    this.launcher = launcher;
    this.settings = settings;
  }

  /**
   * Starts and stops processes until the wanted ones run with their settings. A stopped process
   * answers its requests in flight and sends its last spans.
   *
   * @param own settings in addition to the common ones; {@code services} names those that run
   */
  void change(Map<String, String> own) throws Exception {
    List<String> wanted =
        Stream.of(own.getOrDefault("services", String.join(", ", SERVICES)).split(", ")).toList();
    List<AutoCloseable> ending = new ArrayList<>();
    for (String service : List.copyOf(running.keySet())) {
      if (!wanted.contains(service) || !read(service, own).equals(given.get(service))) {
        ending.add(running.remove(service));
      }
    }
    closeAtOnce(ending);
    List<String> started =
        SERVICES.stream()
            .filter(service -> wanted.contains(service) && !running.containsKey(service))
            .toList();
    for (String service : started) {
      given.put(service, read(service, own));
      running.put(service, start(service, given.get(service)));
    }
    for (String service : started) {
      if (running.get(service) instanceof Ending process) {
        process.launch().awaitReady();
      }
    }
    warmUp();
  }

  /**
   * Warms up new processes for calls with a short time limit, and lets callers discover which of
   * their connections are closed. It leaves no trace.
   */
  private void warmUp() {
    for (String service : SERVICES) {
      if (running.containsKey(service) && WARM_UP.containsKey(service)) {
        String url = "http://127.0.0.1:" + settings.get(service + ".port") + WARM_UP.get(service);
        try {
          Http.get(url, "traceparent", UNSAMPLED);
        } catch (UncheckedIOException e) {
          // the service is set to close the connection
        }
      }
    }
  }

  /** The settings that a service reads. One without a known reader fails: it would be ignored. */
  private static Map<String, String> read(String service, Map<String, String> own) {
    return own.entrySet().stream()
        .filter(setting -> readers(setting.getKey()).contains(service))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static List<String> readers(String setting) {
    return READERS.keySet().stream()
        .filter(setting::startsWith)
        .map(READERS::get)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no reader of " + setting + " is known"));
  }

  /** Starts it in its own folder: two {@code camel run} must not start in one at the same time. */
  private AutoCloseable start(String service, Map<String, String> own) {
    Map<String, String> all = new TreeMap<>(settings);
    all.putAll(own);
    if (service.equals("sites")) {
      return Launcher.inThisJvm(List.of(service), all);
    }
    all.put("sites", "stand-in");
    all.put("data.folder", Path.of(Ports.folder()).toAbsolutePath().toString());
    return new Ending(launcher.launch(service, CamelCli.project(), Ports.environment(all)));
  }

  /** A process; {@code close} tells it to end, and waits. */
  private record Ending(Launch launch) implements AutoCloseable {
    @Override
    public void close() throws InterruptedException {
      launch.terminate();
      launch.exitStatus();
    }
  }

  private static void closeAtOnce(List<AutoCloseable> ending) throws Exception {
    for (AutoCloseable service : ending) {
      if (service instanceof Ending process) {
        process.launch().terminate();
      }
    }
    for (AutoCloseable service : ending) {
      service.close();
    }
  }

  /** Stops callers before callees. */
  @Override
  public void close() throws Exception {
    for (int i = SERVICES.size() - 1; i >= 0; i--) {
      AutoCloseable service = running.remove(SERVICES.get(i));
      if (service != null) {
        service.close();
      }
    }
  }
}
