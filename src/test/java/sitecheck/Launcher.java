package sitecheck;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The ways to start a service. A request leaves the same trace with each of them. */
enum Launcher {
  /** A process of the jar. */
  JAR {
    @Override
    Launch launch(String service, Path folder, Map<String, String> environment) {
      return new Launch(folder, environment, service);
    }
  },

  /** A process of {@code camel run}, started as the documentation says. */
  CAMEL_RUN {
    @Override
    Launch launch(String service, Path folder, Map<String, String> environment) {
      String command = CamelCli.command(service) + " --logging-color=false";
      return Launch.camel(folder, environment, command);
    }
  };

  /** Starts a process, and does not wait for it. */
  abstract Launch launch(String service, Path folder, Map<String, String> environment);

  /** Copies the route files into a new folder. */
  static void copyRoutes(Path folder) throws IOException {
    Files.createDirectory(folder);
    try (Stream<Path> files = Files.list(Path.of("routes"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }

  /** Starts these services in this JVM, or all of them if there are no names. */
  static SiteCheck inThisJvm(List<String> names, Map<String, String> settings) {
    SiteCheck system =
        new SiteCheck(names, settings, new PrintStream(OutputStream.nullOutputStream(), true));
    system.start();
    return system;
  }
}
