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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sitecheck.contract.CapturedSpan;
import sitecheck.contract.TraceDrawing;
import sitecheck.spans.OtlpSink;

/**
 * A file of the clinic: the commands that a reader types, their output, and the traces that they
 * leave behind.
 *
 * @param text the content of the file
 */
record ClinicCase(Path file, String text) {

  private static final Path FOLDER = Path.of("clinic");

  /** The ids of a parent that is not among the spans, except those that a request brings. */
  private static final Pattern BELOW =
      Pattern.compile("trace (?!0af7651916cd43dd8448eb211c80319c)\\w{32}, below span \\w{16}");

  private static final Pattern DEFAULT_PORT = Pattern.compile("(?m)^([\\w.]+\\.port) = (\\d+)$");

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Longer than a process keeps a span before it sends it. */
  private static final Duration QUIET = Duration.ofMillis(ClinicIT.WRITE ? 3000 : 800);

  /** The output lines that a file shows, without a busy machine's warning about the last spans. */
  private static final Pattern SHOWN =
      Pattern.compile(" (WARN|ERROR) ++(?!Tracing: The last spans)|^java.*opened scope");

  static Stream<ClinicCase> all() {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files
          .filter(file -> file.toString().matches(".*/(broken|mended).*\\.txt"))
          .sorted()
          .map(ClinicCase::read)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ClinicCase read(Path file) {
    try {
      return new ClinicCase(file, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names of the folder and of the file: {@code dialects/broken}. */
  String name() {
    return FOLDER.relativize(file).toString().replace(".txt", "");
  }

  /** Runs the commands of the file on free ports, and returns what the file should contain. */
  String actual() throws Exception {
    try (OtlpSink sink = new OtlpSink();
        Terminal terminal = new Terminal(sink)) {
      String[] parts = text.split("\n\n", 2);
      StringBuilder transcript = new StringBuilder();
      for (String line : parts[0].lines().toList()) {
        if (line.startsWith("$ ")) {
          terminal.type(line.substring(2));
        }
      }
      terminal.awaitSpans(sink, parts[1]);
      terminal.end();
      terminal.transcript().forEach(transcript::append);
      boolean once = transcript.indexOf("; do ") > 0 || name().startsWith("poller");
      String trees =
          new TraceDrawing(!once, false, terminal::constant).draw(sink.traces().values());
      return transcript
          + "\n"
          + trees(parts[1], trees, once, sink.spans())
          + backwards(sink.spans());
    }
  }

  private static String trees(
      String expected, String trees, boolean once, List<CapturedSpan> spans) {
    if (expected.startsWith("…")) { // which spans are missing differs from run to run
      assertThat(spans).anyMatch(span -> isOrphan(span, spans));
      return expected;
    }
    return once ? AlikeSpans.once(trees) : BELOW.matcher(trees).replaceAll("trace …, below span …");
  }

  private static boolean isOrphan(CapturedSpan span, List<CapturedSpan> all) {
    return !span.parentId().isEmpty()
        && all.stream().noneMatch(parent -> parent.id().equals(span.parentId()));
  }

  /** Lists the spans that start long before their parents, one per line. */
  private static String backwards(List<CapturedSpan> spans) {
    StringBuilder lines = new StringBuilder();
    for (CapturedSpan span : spans) {
      for (CapturedSpan parent : spans) {
        double early = (parent.start() - span.start()) / 3.6e12;
        if (parent.id().equals(span.parentId()) && early > 0.5) {
          lines.append(
              "%n%s, route %s, starts %.0f h before its parent%n"
                  .formatted(span.name(), span.attributes().get("camel.route.id"), early));
        }
      }
    }
    return lines.toString();
  }

  void write(String newText) {
    try {
      Files.writeString(file, newText);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return name();
  }

  /** A terminal in a folder with nothing but the clinic and the output of the build. */
  private static final class Terminal implements AutoCloseable {

    private record Typed(String command, Launch process, String output) {}

    private final Map<String, String> settings = Ports.settings();
    private final Map<String, String> environment;
    private final Path folder = Path.of(Ports.folder()).toAbsolutePath();
    private final List<Typed> typed = new ArrayList<>();

    Terminal(OtlpSink sink) throws IOException {
      settings.put("traces.port", String.valueOf(sink.port()));
      settings.put("data.folder", folder.resolve("data").toString());
      environment = new TreeMap<>(Ports.environment(settings));
      environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + sink.port());
      environment.put("OTEL_BSP_SCHEDULE_DELAY", "200");
      Path bin = Path.of(System.getProperty("java.home"), "bin");
      environment.put("PATH", bin + ":" + System.getenv("PATH"));
      Files.createSymbolicLink(folder.resolve("target"), Path.of("target").toAbsolutePath());
      try (Stream<Path> files = Files.walk(FOLDER)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.createDirectories(folder.resolve(file).getParent());
          Files.writeString(folder.resolve(file), withPorts(Files.readString(file)));
        }
      }
    }

    void type(String command) throws Exception {
      if (command.startsWith("java ")) {
        Launch process = Launch.command(folder, environment, command);
        typed.add(new Typed(command, process, null));
        process.awaitReady();
      } else if (command.startsWith("pkill ")) {
        if (command.contains(" -9 ")) {
          close();
        }
        end();
        typed.add(new Typed(command, null, ""));
      } else {
        typed.add(new Typed(command, null, outputOf(withPorts(command))));
      }
    }

    private String outputOf(String command) throws Exception {
      ProcessBuilder builder = new ProcessBuilder("bash", "-c", command).directory(folder.toFile());
      Process process = builder.redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertThat(process.waitFor()).as(command + ": " + output).isZero();
      return output.isEmpty() ? "" : output + "\n";
    }

    /** Waits for the spans of a file: spans in flight may be lost when a process ends. */
    void awaitSpans(OtlpSink sink, String trees) {
      long spans =
          trees.lines().filter(line -> line.matches(".*(server|client|internal) .*")).count();
      if (!ClinicIT.WRITE) {
        await().atMost(LIMIT).until(() -> sink.spans().size() >= spans);
      }
      AtomicInteger before = new AtomicInteger(-1);
      await()
          .pollInterval(QUIET)
          .atMost(LIMIT)
          .until(() -> before.getAndSet(sink.spans().size()) == sink.spans().size());
    }

    /** Ends the processes, which send their last spans. */
    void end() throws InterruptedException {
      for (Typed one : typed) {
        if (one.process != null) {
          one.process.terminate();
        }
      }
      for (Typed one : typed) {
        if (one.process != null) {
          one.process.exitStatus();
        }
      }
    }

    Stream<String> transcript() {
      return typed.stream()
          .map(
              one -> {
                String output =
                    one.process == null ? constant(one.output) : shown(one.process.output());
                return "$ " + one.command + "\n" + output;
              });
    }

    private String shown(String output) {
      StringBuilder shown = new StringBuilder();
      output
          .lines()
          .filter(SHOWN.asPredicate())
          .map(line -> unvaried(line.replace("127.0.0.1", "localhost")))
          .distinct()
          .forEach(line -> shown.append(line).append('\n'));
      return shown.toString();
    }

    /** Puts services' names in place of their addresses, and removes what varies. */
    String constant(String text) {
      return unvaried(Ports.named(settings, text));
    }

    /** Removes ids, times and numbers that differ from run to run; sets the default ports. */
    private String unvaried(String text) {
      String constant = text;
      for (Map.Entry<String, String> port : defaultPorts().entrySet()) {
        constant = constant.replace(":" + settings.get(port.getKey()), ":" + port.getValue());
      }
      return constant
          .replaceAll("(?m)^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} ", "")
          .replaceAll("00-[0-9a-f]{32}-[0-9a-f]{16}-", "00-…-…-")
          .replaceAll("_id=[0-9a-f]{16,32}", "_id=…")
          .replaceAll("(thread[ -])#?\\d+", "$1…")
          .replaceAll("\\d+ span", "… span")
          .replaceAll("Error message: .*", "…")
          .replaceAll("Java/[\\d._]+", "Java/…");
    }

    private String withPorts(String text) {
      String changed = text;
      for (Map.Entry<String, String> port : defaultPorts().entrySet()) {
        changed = changed.replace(":" + port.getValue(), ":" + settings.get(port.getKey()));
      }
      return changed;
    }

    private static Map<String, String> defaultPorts() {
      try {
        Map<String, String> ports = new TreeMap<>();
        Matcher port = DEFAULT_PORT.matcher(Files.readString(Path.of("application.properties")));
        port.results().forEach(found -> ports.put(found.group(1), found.group(2)));
        return ports;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      typed.stream().filter(one -> one.process != null).forEach(one -> one.process.close());
    }
  }
}
