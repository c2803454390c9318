package sitecheck;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.spans.HttpRules;
import sitecheck.spans.OtlpSink;
import sitecheck.spans.TraceDrawing;

/**
 * Does what docs/tracing.md says: makes its application of the page, the package and the libraries
 * alone, and holds the traces against those shown. {@code -Dcontract=write} writes them anew.
 */
@DisabledOnOs(OS.WINDOWS)
class LiftIT {

  private static final Path PAGE = Path.of("docs/tracing.md");
  private static final Path PACKAGE = Path.of("src/main/java/sitecheck/tracing");
  private static final Path TRACES = Path.of("src/test/resources/lift");

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");
  private static final Pattern COMMAND = Pattern.compile("(?m)^\\$ (.*)\\n((?:[^$].*\\n)*)");
  private static final Pattern CLASS = Pattern.compile("(?m)^\\| `(\\w+)` \\|");
  private static final Pattern LINK = Pattern.compile("\\]\\((?!http)([^)]+)\\)");
  private static final Pattern NEEDED =
      Pattern.compile("<dependency>.*?</dependency>|<([\\w.-]+\\.version)>.*?</\\1>");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path folder;

  private final int port = Ports.free();
  private final String libraries;
  private String page = Files.readString(PAGE);

  LiftIT() throws IOException {
    try (Stream<Path> jars = Files.list(Path.of("target/lib"))) {
      libraries = jars.map(jar -> jar.toAbsolutePath().toString()).collect(joining(":"));
    }
  }

  @Test
  void theSpansBeforeAreThoseShown() throws Exception {
    write("src/main/java/App.java", undone(block("java", "class App"), block("diff", "")));

    try (OtlpSink sink = new OtlpSink()) {
      String log = run(sink, Map.of("OTEL_SERVICE_NAME", "orders"));

      assertShown("before", 0, sink);
      assertThat(log).contains("no money").doesNotContain(sink.traces().keySet());
    }
  }

  @Test
  void theSpansAfterTheThreeStepsAreThoseShown() throws Exception {
    assertThat(block("java", "class App")).contains(block("java", "    Tracing tracing"));
    write("src/main/java/App.java", block("java", "class App"));
    for (Matcher step = COMMAND.matcher(block("console", "$app")); step.find(); ) {
      shell(step.group(1));
    }

    try (OtlpSink sink = new OtlpSink()) {
      String log = run(sink, Map.of());

      assertShown("after", 1, sink);
      assertThat(log)
          .containsPattern("trace_id=(" + String.join("|", sink.traces().keySet()) + ")");
      assertThat(sink.spans()).flatExtracting(HttpRules::violations).isEmpty();
    }
  }

  @Test
  void thePackageKnowsNothingElseOfThisProject() throws IOException {
    try (Stream<Path> files = Files.list(PACKAGE)) {
      assertThat(files)
          .isNotEmpty()
          .allSatisfy(
              file -> assertThat(file).content().doesNotContainPattern("sitecheck\\.(?!tracing)"));
    }
  }

  @Test
  void eachOfItsClassesIsListed() throws IOException {
    List<String> listed =
        CLASS.matcher(page).results().map(name -> name.group(1) + ".java").toList();
    try (Stream<Path> files = Files.list(PACKAGE)) {
      assertThat(files).extracting(file -> file.getFileName().toString()).hasSameElementsAs(listed);
    }
  }

  @Test
  void theDependenciesAreThoseThatThisProjectHas() throws IOException {
    String pom = plain(Files.readString(Path.of("pom.xml")));
    String shown = plain(String.join("", blocks("xml")));

    assertThat(block("xml", "<dependencyManagement>"))
        .containsSubsequence(">opentelemetry-bom<", ">camel-bom<");
    assertThat(pom).containsSubsequence(">opentelemetry-bom<", ">camel-bom<");
    assertThat(NEEDED.matcher(shown).results())
        .hasSizeGreaterThan(8)
        .allSatisfy(it -> assertThat(pom).contains(it.group()));
  }

  @Test
  void whatItPointsToIsThere() {
    assertThat(LINK.matcher(page).results())
        .isNotEmpty()
        .allSatisfy(link -> assertThat(PAGE.resolveSibling(link.group(1))).exists());
  }

  private List<String> blocks(String language) {
    return BLOCK
        .matcher(page)
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .toList();
  }

  /** The one that has something in it. */
  private String block(String language, String part) {
    return blocks(language).stream().filter(it -> it.contains(part)).findFirst().orElseThrow();
  }

  /** The application without the lines with a minus, and with those with a plus in their place. */
  private static String undone(String application, String difference) {
    String undone = application;
    for (String place : difference.split("…\n")) {
      assertThat(undone).contains(lines(place, "-"));
      undone = undone.replace(lines(place, "-"), lines(place, "+"));
    }
    return undone;
  }

  private static String lines(String difference, String sign) {
    return difference
        .lines()
        .filter(line -> line.startsWith(sign))
        .map(line -> line.substring(1) + "\n")
        .collect(joining());
  }

  /** XML without its comments and white space. */
  private static String plain(String xml) {
    return xml.replaceAll("(?s)<!--.*?-->", "").replaceAll("\\s+", "");
  }

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  /** What the application logs while it is sent the requests that the page has. */
  private String run(OtlpSink sink, Map<String, String> variables) throws Exception {
    write("src/main/resources/application.properties", block("properties", ""));
    write("src/main/resources/logback.xml", block("xml", "<configuration>"));
    compile();
    Path output = folder.resolve("output.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dcamel.server.port=" + port,
            "-cp",
            "classes:src/main/resources:" + libraries,
            "App");
    builder.directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("OTEL_BSP_SCHEDULE_DELAY", "60000"); // all spans are the last ones
    builder.environment().putAll(variables);
    block("sh", "")
        .replace(":4318", ":" + sink.port())
        .lines()
        .map(line -> line.split("=", 2))
        .forEach(variable -> builder.environment().put(variable[0], variable[1]));
    Process process = builder.start();
    try {
      await()
          .atMost(LIMIT)
          .untilAsserted(() -> assertThat(output).content().contains(" started in "));
      for (Matcher request = COMMAND.matcher(block("console", "curl")); request.find(); ) {
        assertThat(shell(request.group(1)).strip()).isEqualTo(request.group(2).strip());
      }
      process.destroy();
      assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly().onExit().join();
    }
    return Files.readString(output);
  }

  /** What a command prints, where the application has our port. */
  private String shell(String command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", command.replace(":8080", ":" + port));
    builder.environment().put("app", folder.toString());
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private void compile() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-proc:none", "-cp", libraries, "-d"));
    arguments.add(folder.resolve("classes").toString());
    try (Stream<Path> files = Files.walk(folder.resolve("src/main/java"))) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, errors, arguments.toArray(String[]::new));
    assertThat(status).as(errors.toString(StandardCharsets.UTF_8)).isZero();
  }

  private void assertShown(String name, int block, OtlpSink sink) throws IOException {
    String drawing = new TraceDrawing(true, true, this::constant).draw(sink.traces().values());
    Path file = TRACES.resolve(name + ".txt");
    if ("write".equals(System.getProperty("contract"))) {
      Files.writeString(file, drawing);
      page = page.replace("text\n" + blocks("text").get(block), "text\n" + drawing);
      Files.writeString(PAGE, page);
    }
    assertThat(drawing).isEqualTo(Files.readString(file));
    assertThat(blocks("text").get(block)).isEqualTo(drawing);
  }

  /** The port that the page has, and no versions that differ from machine to machine. */
  private String constant(String text) {
    return text.replace(String.valueOf(port), "8080")
        .replaceAll("curl/[\\d.]+", "curl/…")
        .replaceAll("Java/[\\d._]+", "Java/…");
  }
}
