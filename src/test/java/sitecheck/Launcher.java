package sitecheck;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Who starts the services. Whoever it is, a request leaves the same trace. */
enum Launcher {
  /** This JVM, all of them. */
  ONE_JVM {
    @Override
    AutoCloseable start(Map<String, String> settings) {
      return inThisJvm(List.of(), settings);
    }
  },

  /** A process of the jar for each. */
  JAR {
    @Override
    Launch launch(String service, Path folder, Map<String, String> environment) {
      return new Launch(folder, environment, service);
    }
  },

  /** A process of {@code camel run} for each, started as the documentation says. */
  CAMEL_RUN {
    @Override
    Launch launch(String service, Path folder, Map<String, String> environment) {
      String command =
          CamelCli.commands().stream()
              .filter(one -> one.endsWith("this.service=" + service))
              .findFirst()
              .orElseThrow();
      return Launch.camel(folder, environment, command + " --logging-color=false");
    }
  };

  /** Callers before those whom they call. */
  private static final List<String> SERVICES =
      List.of("main", "upstream", "service1", "service2", "log");

  /**
   * Starts all of them.
   *
   * @param settings those of {@link Ports#settings()}, and more
   * @return ends them; what is in flight is answered, and the last spans are sent
   */
  AutoCloseable start(Map<String, String> settings) {
    Map<String, String> environment = new TreeMap<>(Map.of("SITES", "stand-in"));
    settings.forEach((name, value) -> environment.put(Ports.variable(name), value));
    environment.put(
        "DATA_FOLDER", Path.of(settings.get("data.folder")).toAbsolutePath().toString());
    Path folder = CamelCli.project();
    List<Launch> launched = new ArrayList<>();
    SiteCheck sites = inThisJvm(List.of("sites"), settings);
    try {
      SERVICES.stream()
          .filter(service -> settings.getOrDefault("services", service).contains(service))
          .forEach(service -> launched.add(launch(service, folder, environment)));
      launched.forEach(Launch::awaitReady);
    } catch (RuntimeException | AssertionError notStarted) {
      launched.forEach(Launch::close);
      sites.close();
      throw notStarted;
    }
    return () -> {
      for (Launch launch : launched) {
        launch.terminate();
        launch.exitStatus();
      }
      sites.close();
    };
  }

  Launch launch(String service, Path folder, Map<String, String> environment) {
    throw new UnsupportedOperationException();
  }

  private static SiteCheck inThisJvm(List<String> names, Map<String, String> settings) {
    SiteCheck system =
        new SiteCheck(names, settings, new PrintStream(OutputStream.nullOutputStream(), true));
    system.start();
    return system;
  }
}
