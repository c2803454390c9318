package sitecheck;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.contract.TraceDrawing;
import sitecheck.spans.OtlpSink;

/**
 * Follows docs/tracing.md with two applications that are not ours: tests their traces before and
 * after the dependency and the line are added. {@code -Dcontract=write} rewrites the traces.
 */
@DisabledOnOs(OS.WINDOWS)
class LiftIT {

  private static final Path PACKAGE = Path.of("src/main/java/sitecheck/tracing");
  private static final Path LIFT = Path.of("src/test/resources/lift").toAbsolutePath();

  private static final Pattern CLASS = Pattern.compile("(?m)^\\| `(\\w+)` \\|");
  private static final Pattern VERSION = Pattern.compile("<([\\w.-]+\\.version)>.*?</\\1>");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Camel's own tracing in place of ours, with the OpenTelemetry version that it is made for. */
  private static final List<String> CAMEL_ALONE =
      List.of(
          "org.apache.camel:camel-opentelemetry:4.18.0",
          "io.opentelemetry:opentelemetry-sdk-extension-autoconfigure:1.59.0",
          "io.opentelemetry:opentelemetry-exporter-otlp:1.59.0");

  @TempDir Path folder;

  private final int port = Ports.free();
  private final OtlpSink sink = new OtlpSink();
  private final Page page = Page.read("docs/tracing.md");

  @BeforeAll
  static void install() {
    LocalRepository.install("tracing", "classes/sitecheck/tracing/Tracing.class");
  }

  @AfterEach
  void stop() {
    sink.close();
  }

  @Tag("any-jdk")
  @Test
  void anApplicationOnCamelMainBefore() throws Exception {
    copy("main");
    replace(
        "pom.xml",
        page.block("xml", "site-check-tracing"),
        CAMEL_ALONE.stream().map(LiftIT::dependency).collect(joining()));
    leaveToCamel("src/main/resources/application.properties");

    String log = order("main-before");

    assertThat(log).contains("confirmed").doesNotContain(sink.traces().keySet());
  }

  @Test
  void anApplicationOnCamelMainAfter() throws Exception {
    copy("main");
    String files =
        plain(
            read(folder.resolve("pom.xml"))
                + read(folder.resolve("src/main/resources/logback.xml")));
    assertThat(page.blocks("xml"))
        .hasSize(4)
        .allSatisfy(shown -> assertThat(files).contains(plain(shown)));

    String log = order("main-after");

    assertThat(log)
        .containsPattern(
            "confirmed trace_id=(%s)".formatted(String.join("|", sink.traces().keySet())));
    assertThat(sink.violations()).isEmpty();
  }

  @Tag("any-jdk")
  @Test
  void anApplicationOfCamelRunBefore() throws Exception {
    copy("camel-run");
    leaveToCamel("application.properties");

    greet("camel-run-before", "--dep=" + String.join(",", CAMEL_ALONE));
  }

  @Test
  void anApplicationOfCamelRunAfter() throws Exception {
    copy("camel-run");

    greet(
        "camel-run-after",
        page.block("console", "--dep").replaceAll("(?s).* (--dep=\\S+).*", "$1"));

    assertThat(sink.violations()).isEmpty();
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
        CLASS.matcher(page.text()).results().map(name -> name.group(1) + ".java").toList();
    try (Stream<Path> files = Files.list(PACKAGE)) {
      assertThat(files)
          .extracting(file -> file.getFileName().toString())
          .filteredOn(name -> !name.matches("Trace(Printer|Tree).java"))
          .hasSameElementsAs(listed);
    }
  }

  @Test
  void theArtifactHasTheVersionsOfThisProject() {
    String pom = read(Path.of("pom.xml"));

    assertThat(VERSION.matcher(read(Path.of("tracing/pom.xml"))).results())
        .isNotEmpty()
        .allSatisfy(version -> assertThat(pom).contains(version.group()));
  }

  @Test
  void theLinksOfThePageWork() {
    page.assertLinks();
  }

  private static String dependency(String coordinates) {
    return "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>"
        .formatted((Object[]) coordinates.split(":"));
  }

  /** Removes the white space between the elements of XML. */
  private static String plain(String xml) {
    return xml.replaceAll("\\s+", " ").replaceAll("> ?<", "><").strip();
  }

  /** Copies an application to the folder. */
  private void copy(String application) throws IOException {
    try (Stream<Path> files = Files.walk(LIFT.resolve(application))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = folder.resolve(LIFT.resolve(application).relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
  }

  private void replace(String file, String part, String other) throws IOException {
    Path path = folder.resolve(file);
    String text = plain(read(path));
    assertThat(text).contains(plain(part));
    Files.writeString(path, text.replace(plain(part), other));
  }

  /** Removes our line, and turns on Camel's own tracing. */
  private void leaveToCamel(String properties) throws IOException {
    Path path = folder.resolve(properties);
    String ours = page.block("properties", "camel.beans.tracing");
    assertThat(path).content().contains(ours);
    Files.writeString(path, read(path).replace(ours, "camel.opentelemetry.enabled = true\n"));
  }

  /** Sends two requests to the application on Camel Main, one of which fails; returns its log. */
  private String order(String traces) throws Exception {
    String pom = folder.resolve("pom.xml").toString();
    assertThat(LocalRepository.maven("-q", "-f", pom, "package")).isZero();
    Files.writeString(
        folder.resolve("arguments"),
        "-Dcamel.server.port=%d%n-jar%ntarget/orders.jar%n".formatted(port));
    try (Launch orders = new Launch(folder, environment(traces), "@arguments").awaitReady()) {
      assertThat(Http.send("POST", url("/orders/7?token=secret")).body()).isEqualTo("ordered");
      assertThat(Http.send("POST", url("/refunds")).statusCode()).isEqualTo(500);
      assertTraces(traces);
      assertThat(page.blocks("text")).contains(drawing(false));
      return orders.output();
    }
  }

  /** Sends a request to the application of the CLI. */
  private void greet(String traces, String dependencies) throws Exception {
    String command = "camel run greetings.camel.yaml application.properties --port=%d %s";
    try (Launch greetings =
        Launch.camel(folder, environment(traces), command.formatted(port, dependencies))
            .awaitReady()) {
      assertThat(Http.get(url("/greetings/you")).body()).isEqualTo("hello");
      assertTraces(traces);
    }
  }

  private String url(String path) {
    return "http://localhost:" + port + path;
  }

  private Map<String, String> environment(String traces) {
    Map<String, String> variables = new TreeMap<>();
    variables.put("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    variables.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + sink.port());
    variables.put("OTEL_METRICS_EXPORTER", "none");
    variables.put("OTEL_LOGS_EXPORTER", "none");
    variables.put("OTEL_BSP_SCHEDULE_DELAY", "200");
    variables.put("JAVA_TOOL_OPTIONS", "-Dmaven.repo.local=" + LocalRepository.FOLDER);
    if (traces.endsWith("before")) {
      variables.put("OTEL_SERVICE_NAME", traces.startsWith("main") ? "orders" : "greetings");
      variables.put("OTEL_JAVA_GLOBAL_AUTOCONFIGURE_ENABLED", "true");
    }
    return variables;
  }

  /** Waits until the traces are equal to the file. */
  private void assertTraces(String name) throws IOException {
    Path file = LIFT.resolve(name + ".txt");
    if ("write".equals(System.getProperty("contract"))) {
      await()
          .during(Duration.ofSeconds(5))
          .atMost(LIMIT)
          .until(() -> sink.spans().size(), size -> size > 0);
      Files.writeString(file, drawing(true));
    }
    await().atMost(LIMIT).untilAsserted(() -> assertThat(drawing(true)).isEqualTo(read(file)));
  }

  private String drawing(boolean everything) {
    return new TraceDrawing(true, everything, this::constant).draw(sink.traces().values());
  }

  /** Sets the port of the page, and removes versions that differ from machine to machine. */
  private String constant(String text) {
    return text.replace(String.valueOf(port), "8080")
        .replaceAll("Java-http-client/[\\d._]+", "Java-http-client/…")
        .replaceAll("(Apache-HttpClient|Java)/[\\d._]+", "$1/…");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
