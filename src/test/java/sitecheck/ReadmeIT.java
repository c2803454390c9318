package sitecheck;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Follows the README, section by section: runs its commands in bash, and compares their output with
 * the text below them, where … stands for anything. Only the ports differ.
 */
@DisabledOnOs(OS.WINDOWS)
class ReadmeIT {

  /** Docker, which is not here, and the command that runs this test. */
  private static final Pattern LEFT_OUT = Pattern.compile("docker .*|\\./mvnw verify");

  private static final String RUN = "java -jar target/site-check.jar";
  private static final Pattern SECTION = Pattern.compile("(?m)^##+ (.*)$");
  private static final Pattern COMMAND = Pattern.compile("(?m)^\\$ (.*)\\n((?:[^$].*\\n)*)");

  private static final Pattern DEFAULT_PORT = Pattern.compile("([\\w.]+\\.port) = (\\d+)");
  private static final Duration LIMIT = Duration.ofMinutes(6);

  @TempDir Path folder;

  private final String readme = Files.readString(Path.of("README.md"));

  ReadmeIT() throws IOException {}

  @TestFactory
  Stream<DynamicTest> eachSectionHolds() {
    String[] sections = SECTION.split(readme);
    List<String> names = SECTION.matcher(readme).results().map(name -> name.group(1)).toList();
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String section = sections[i + 1];
      if (!page(section).blocks("console").isEmpty()) {
        tests.add(dynamicTest(names.get(i), () -> run(section)));
      }
    }
    assertThat(tests).hasSizeGreaterThan(5);
    return tests.stream();
  }

  private static Page page(String section) {
    return new Page(Path.of("README.md"), section);
  }

  private void run(String section) throws IOException {
    try (Shell shell = new Shell(section.contains("./mvnw -q") ? checkout() : Path.of("."))) {
      String commands = String.join("", page(section).blocks("console"));
      if (!commands.contains("java ")) {
        shell.run(RUN, "");
      }
      for (Matcher command = COMMAND.matcher(commands); command.find(); ) {
        shell.run(command.group(1), command.group(2));
      }
      for (String shown : page(section).blocks("text")) {
        await().untilAsserted(() -> assertThat(shape(shell.output())).contains(shape(shown)));
      }
    }
  }

  /** Copies all that a build needs into a folder without the results of a build. */
  private Path checkout() throws IOException {
    try (Stream<Path> sources = Files.list(Path.of("")).filter(ReadmeIT::isSource)) {
      for (Path file : sources.flatMap(ReadmeIT::files).toList()) {
        Path copy = folder.resolve(file);
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return folder;
  }

  private static boolean isSource(Path file) {
    return !file.equals(Path.of("target")) && !file.equals(Path.of(".git"));
  }

  private static Stream<Path> files(Path folder) {
    try {
      return Files.walk(folder).filter(Files::isRegularFile);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The part of a printed trace that is always the same. */
  private static String shape(String tree) {
    return tree.lines()
        .filter(line -> line.contains(" ms █") || line.matches(".* ms +█+"))
        .map(line -> line.replaceAll(" +[\\d.]+ ms.*", "\n"))
        .collect(joining());
  }

  @Test
  void itsRouteExcerptsAreThoseOfTheFiles() throws IOException {
    String routes = Files.readString(Path.of("routes/upstream.camel.yaml"));
    assertThat(page(readme).blocks("yaml"))
        .isNotEmpty()
        .allSatisfy(it -> assertThat(routes).contains(it));
  }

  @Test
  void itsLinksWork() {
    assertThat(Pattern.compile("\\]\\((?!http)([^)]+)\\)").matcher(readme).results())
        .isNotEmpty()
        .allSatisfy(link -> assertThat(Path.of(link.group(1))).exists());
  }

  /** A reader's terminal, with free ports for the services. */
  private static final class Shell implements AutoCloseable {

    private final Map<String, String> ports = Ports.settings();
    private final Path output = Files.createTempFile("readme", ".txt");
    private final Process bash;

    Shell(Path folder) throws IOException {
      ProcessBuilder builder = new ProcessBuilder("bash").redirectErrorStream(true);
      builder.directory(folder.toFile());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().put("JDK_JAVA_OPTIONS", Launch.SOONER);
      builder.redirectOutput(output.toFile());
      Path java = Path.of(System.getProperty("java.home"), "bin");
      builder.environment().merge("PATH", java + ":", (path, first) -> first + path);
      ports.forEach((name, port) -> builder.environment().put(Ports.variable(name), port));
      bash = builder.start();
    }

    void run(String written, String expected) throws IOException {
      String command = withPorts(written);
      if (LEFT_OUT.matcher(command).matches()) {
        return;
      }
      if (command.startsWith("curl ")) {
        String pattern =
            Stream.of(withPorts(expected).strip().split("…", -1))
                .map(Pattern::quote)
                .collect(joining(".*"));
        await()
            .atMost(LIMIT)
            .untilAsserted(() -> assertThat(outputOf(command).strip()).matches(pattern));
      } else if (command.matches("(.* && )?java .*[^&]")) {
        type("kill $(jobs -p) 2> /dev/null; wait");
        long before = timesReady();
        type(command + " &");
        await().atMost(LIMIT).until(() -> timesReady() > before);
      } else {
        type(command);
      }
    }

    /** Runs a command as in a second terminal. */
    private String outputOf(String command) throws IOException {
      Process process = new ProcessBuilder("bash", "-c", command).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private void type(String command) throws IOException {
      bash.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
      bash.getOutputStream().flush();
    }

    private String withPorts(String text) throws IOException {
      String changed = text;
      for (String line : Files.readAllLines(Path.of("application.properties"))) {
        Matcher port = DEFAULT_PORT.matcher(line);
        if (port.matches()) {
          changed = changed.replace(":" + port.group(2), ":" + ports.get(port.group(1)));
        }
      }
      return changed;
    }

    private long timesReady() {
      return output().lines().filter(line -> line.startsWith("Ready in ")).count();
    }

    String output() {
      try {
        return Files.readString(output);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      bash.descendants().forEach(ProcessHandle::destroyForcibly);
      bash.destroyForcibly().onExit().join();
      Files.delete(output);
    }
  }
}
