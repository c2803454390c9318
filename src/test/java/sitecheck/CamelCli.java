package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The Camel CLI, built from artifacts of Maven Central, and the documentation's commands. */
final class CamelCli {

  private static final Path BUILT = Path.of("target", "camel-cli").toAbsolutePath();

  /** The jar that the command runs. */
  static final Path JAR = BUILT.resolve("camel.jar");

  private CamelCli() {}

  /** The folder of the command {@code camel}, which passes {@code JAVA_OPTIONS} to its JVM. */
  static Path folder() {
    Path command = BUILT.resolve("bin/camel");
    Once.make(command, () -> Files.exists(command), () -> build(command));
    return command.getParent();
  }

  /** The command in docs/camel-run.md that starts a service. */
  static String command(String service) {
    return commands().stream()
        .filter(command -> command.endsWith("--profile=" + service))
        .findFirst()
        .orElseThrow();
  }

  /** The commands in docs/camel-run.md that start the services, in the page's order. */
  static List<String> commands() {
    return commands("run");
  }

  private static List<String> commands(String name) {
    Matcher command =
        Pattern.compile("(?m)^\\$ (camel " + name + " .*)$")
            .matcher(Page.read("docs/camel-run.md").text());
    return command.results().map(found -> found.group(1)).toList();
  }

  /** The command of the page that makes a project of the log. */
  static String export() {
    return commands("export").get(0);
  }

  /** Makes a folder with the project's files that these commands need; a test can edit them. */
  static Path project() {
    try {
      Path folder = Path.of(Ports.folder()).toAbsolutePath();
      Files.createDirectory(folder.resolve("routes"));
      Files.createSymbolicLink(folder.resolve("target"), Path.of("target").toAbsolutePath());
      try (Stream<Path> files = Files.walk(Path.of("routes"));
          Stream<Path> top = Files.list(Path.of(""))) {
        for (Path file :
            Stream.concat(files.filter(Files::isRegularFile), top.filter(CamelCli::isProperties))
                .toList()) {
          Files.copy(file, folder.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isProperties(Path file) {
    return file.toString().matches("application.*\\.properties");
  }

  private static void build(Path command) {
    int status = LocalRepository.maven("-q", "-f", "src/test/camel-cli/pom.xml", "package");
    assertThat(status).as("the CLI is built").isZero();
    write(command, "#!/bin/sh\nexec \"$JAVA_HOME/bin/java\" $JAVA_OPTIONS -jar %s \"$@\"\n");
  }

  private static void write(Path command, String script) {
    try {
      Files.createDirectories(command.getParent());
      Files.writeString(command, script.formatted(JAR));
      assertThat(command.toFile().setExecutable(true)).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
