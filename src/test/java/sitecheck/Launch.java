package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A process of the jar or of the Camel CLI, in a folder with only the files of the test. */
final class Launch implements AutoCloseable {
  /** The option that a command gets in its environment, for a JVM that lives for seconds. */
  static final String SOONER = "-XX:TieredStopAtLevel=1";

  private static final Duration LIMIT = Duration.ofSeconds(180);

  private static final Path JAR = Path.of("target", "site-check.jar").toAbsolutePath();

  private static final Pattern READY = Pattern.compile("Ready in |Apache Camel .* started in ");

  private final Process process;
  private final Path output;
  private final Path errors;

  /**
   * Starts {@code java [options] -jar site-check.jar [services]}, or {@code java [options] @file}
   * if the arguments contain a file.
   *
   * @param environment variables in addition to those of this process
   * @param arguments options and names of services; the options begin with a dash
   */
  Launch(Path folder, Map<String, String> environment, String... arguments) {
    this(folder, environment, java(arguments));
  }

  /** Starts a command as a shell does, with the CLI on its path as {@code camel}. */
  static Launch camel(Path folder, Map<String, String> environment, String command) {
    CamelCli.folder(); // builds it
    return camel(folder, environment, command, ClassArchive.options(CamelCli.JAR, Launch::camel));
  }

  /** Starts a command as a shell does, and makes its JVM ready sooner. */
  static Launch command(Path folder, Map<String, String> environment, String command) {
    Map<String, String> sooner = new TreeMap<>(environment);
    sooner.put("JDK_JAVA_OPTIONS", SOONER);
    return new Launch(folder, sooner, List.of("sh", "-c", "exec " + command));
  }

  private static Launch camel(List<String> options) {
    Map<String, String> settings = Ports.environment(Ports.settings());
    return camel(CamelCli.project(), settings, CamelCli.command("log"), options);
  }

  private static Launch camel(
      Path folder, Map<String, String> environment, String command, List<String> options) {
    Map<String, String> withCamel = new TreeMap<>(environment);
    withCamel.put("PATH", CamelCli.folder() + ":" + System.getenv("PATH"));
    withCamel.put("JAVA_OPTIONS", String.join(" ", options));
    return new Launch(folder, withCamel, List.of("sh", "-c", "exec " + command));
  }

  private Launch(Path folder, Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    try {
      output = Files.createTempFile(folder, "output", ".txt");
      errors = Files.createTempFile(folder, "errors", ".txt");
      process = builder.redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> java(String... arguments) {
    List<String> options = new ArrayList<>();
    List<String> others = new ArrayList<>();
    Stream.of(arguments)
        .forEach(argument -> (argument.startsWith("-") ? options : others).add(argument));
    if (others.stream().noneMatch(argument -> argument.startsWith("@"))) {
      options.addAll(ClassArchive.options(JAR, Launch::jar));
      others.addAll(0, List.of("-jar", JAR.toString()));
    }
    return java(options, others);
  }

  private static List<String> java(List<String> options, List<String> others) {
    List<String> command = new ArrayList<>(options);
    command.add(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(others);
    return command;
  }

  /** Sends requests too, or the archive would not have the classes that they need. */
  private static Launch jar(List<String> options) {
    Map<String, String> settings = Ports.settings();
    Launch jar =
        new Launch(
                Path.of(Ports.folder()),
                Ports.environment(settings),
                java(options, List.of("-jar", JAR.toString())))
            .awaitReady();
    for (String path : List.of("/check-sites", "/check-sites-v2", "/check-baidu", "/")) {
      Http.get("http://127.0.0.1:" + settings.get("main.port") + path);
    }
    return jar;
  }

  /** Waits until everything in the process answers. */
  Launch awaitReady() {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              assertThat(process.isAlive()).as("runs: " + output() + errors()).isTrue();
              return READY.matcher(output()).find();
            });
    return this;
  }

  String output() {
    return read(output);
  }

  /** The output on stderr, without the warnings of newer JDKs about Unsafe. */
  String errors() {
    return read(errors).replaceAll("(?m)^WARNING: .*\\R", "");
  }

  /** The names and stacks of the platform threads, as the JDK's jcmd prints them. */
  String platformThreads() throws IOException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    String pid = String.valueOf(process.pid());
    Process print = new ProcessBuilder(jcmd, pid, "Thread.print").start();
    return new String(print.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Waits until the process ends, and returns its exit status. */
  int exitStatus() throws InterruptedException {
    return exitStatus(LIMIT);
  }

  int exitStatus(Duration limit) throws InterruptedException {
    assertThat(process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)).as("has ended").isTrue();
    return process.exitValue();
  }

  /** Sends SIGTERM, where there are signals. */
  void terminate() {
    process.destroy();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
