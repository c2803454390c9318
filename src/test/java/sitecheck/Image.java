package sitecheck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A folder with what the Dockerfile puts together; a container's command is a process here. */
final class Image {

  /** Makes the JVM assume that the machine has this much memory. */
  static final String MEMORY = "-XX:MaxRAM=";

  private static final Path FOLDER = Path.of("target", "image").toAbsolutePath();
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin");

  private final Compose compose = new Compose(Map.of());

  /** Makes the cache, as on a large machine, unless there is one of this jar. */
  Image() {
    Path jar = Path.of("target", "site-check.jar");
    Path cache = FOLDER.resolve("site-check.aot");
    Once.make(cache, () -> ClassArchive.isNewer(cache, jar), this::make);
  }

  private void make() {
    try {
      for (String file : List.of("site-check.jar", "lib")) {
        Path link = FOLDER.resolve(file);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of("target", file).toAbsolutePath());
      }
      ProcessBuilder train = process("train");
      train.environment().put("LISTEN_HOST", address());
      train.environment().put("JAVA_TOOL_OPTIONS", MEMORY + "128g");
      if (train.inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException("no cache is made");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A loopback address that hardly any other process uses, so that the ports stay as written. */
  static String address() {
    return Ports.net() + 1;
  }

  /** The process that {@code docker run} would start with these arguments. */
  ProcessBuilder run(List<String> arguments) {
    List<String> command = new ArrayList<>(compose.entrypoint());
    command.addAll(arguments);
    return process(command.toArray(String[]::new));
  }

  /** The health check of the container. */
  ProcessBuilder healthCheck() {
    return process(compose.healthCheck().toArray(String[]::new));
  }

  /** A program of deploy/image with its arguments, and only the image's environment. */
  private ProcessBuilder process(String... command) {
    command[0] = Path.of("deploy", "image", command[0]).toAbsolutePath().toString();
    ProcessBuilder process = new ProcessBuilder(command).directory(FOLDER.toFile());
    process.environment().clear();
    process.environment().putAll(compose.imageEnvironment());
    process.environment().put("PATH", JAVA + ":" + System.getenv("PATH"));
    return process;
  }
}
