package sitecheck;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.opentelemetry.instrumentation.logback.mdc.v1_0.OpenTelemetryAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import sitecheck.contract.CapturedSpan;
import sitecheck.contract.OpenScopes;
import sitecheck.spans.OtlpSink;

/** Each log line of a request has the ids of the trace and of the span that logged it. */
class LogContextTest {

  private final Map<String, String> settings = Ports.settings();
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final OpenTelemetryAppender traced = new OpenTelemetryAppender();
  private final OtlpSink sink = new OtlpSink();

  LogContextTest() {
    settings.put("traces.port", String.valueOf(sink.port()));
    settings.put("sites.delay", "0");
  }

  /** Copies the route files, and appends files of this test to some of them. */
  private static String loggingRoutes() throws IOException {
    Path folder = Path.of(Ports.folder());
    try (Stream<Path> files = Files.list(Path.of("routes"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    for (String file : List.of("main", "upstream", "checker", "log")) {
      append(folder.resolve(file + ".camel.yaml"), "logging.camel.yaml");
    }
    append(folder.resolve("main.camel.yaml"), "threads.camel.yaml");
    return "file:" + folder;
  }

  private static void append(Path routes, String file) throws IOException {
    String more = Files.readString(Path.of("src/test/resources/routes", file));
    Files.writeString(routes, more, StandardOpenOption.APPEND);
  }

  @BeforeEach
  void listen() {
    lines.start();
    traced.addAppender(lines);
    traced.start();
    root.addAppender(traced);
  }

  @AfterEach
  void listenNoMore() {
    root.detachAppender(traced);
    sink.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/check-sites", "/check-sites-v2"})
  void ofEveryServiceAndBothLegs(String path) throws IOException {
    settings.put("routes.folder", loggingRoutes());

    assertThat(spansThatLogged(path))
        .containsExactlyInAnyOrder(
            "main %1$s in GET /%1$s".formatted(path.substring(1)),
            "upstream %1$s in GET /api/%1$s".formatted(path.substring(1)),
            "upstream ask-service1 in service1",
            "upstream ask-service2 in service2",
            "service1 check in GET /api/check",
            "service2 check in GET /api/check",
            "log keep in POST /api/log");
  }

  @Test
  void onEveryThread() throws IOException {
    settings.put("routes.folder", loggingRoutes());

    assertThat(spansThatLogged("/threads"))
        .containsExactlyInAnyOrder(
            "main threads in GET /threads",
            "main part in part",
            "main tap in tap",
            "main delayed in delayed");
    assertThat(threads()).as("threads that logged").hasSizeGreaterThan(3);
  }

  /** Camel's error handler logs an exception between two steps. */
  @Test
  void ofCamelsOwnMessages() {
    settings.put(Ports.ROUTES, "file:src/test/resources/routes/failing.camel.yaml");

    ask("/fails", "main");

    assertThat(lines.list)
        .filteredOn(line -> line.getLevel() == Level.ERROR)
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.getFormattedMessage()).contains("Exhausted after delivery attempt");
              assertThat(line.getMDCPropertyMap().get("span_id"))
                  .isEqualTo(sink.spans().get(0).id());
            });
  }

  /** Finds out which route of which service has logged in which span. */
  private Set<String> spansThatLogged(String path) {
    String traceId = ask(path);
    Map<String, String> names =
        sink.traces().get(traceId).stream()
            .collect(toMap(CapturedSpan::id, span -> span.service() + " " + span.name()));
    Set<String> logged = new TreeSet<>();
    for (ILoggingEvent line : requestLines()) {
      assertThat(line.getMDCPropertyMap()).as(line.toString()).containsEntry("trace_id", traceId);
      String span = names.get(line.getMDCPropertyMap().get("span_id"));
      String[] words = line.getFormattedMessage().split(" ", 3);
      assertThat(span).as(line.toString()).startsWith(words[0] + " ");
      logged.add(words[0] + " " + words[1] + " in " + span.substring(words[0].length() + 1));
    }
    return logged;
  }

  /** Sends a request to main, waits until all work for it is done, and returns the trace's id. */
  private String ask(String path, String... services) {
    try (SiteCheck system = Launcher.inThisJvm(List.of(services), settings)) {
      return Trace.id(Http.get("http://127.0.0.1:" + settings.get("main.port") + path));
    } finally {
      await().untilAsserted(() -> assertThat(OpenScopes.now()).isEmpty()); // pools may end later
    }
  }

  private List<ILoggingEvent> requestLines() {
    return lines.list.stream()
        .filter(line -> !line.getFormattedMessage().startsWith("sites "))
        .filter(line -> !line.getLoggerName().startsWith("sitecheck.")) // not from a route's step
        .toList();
  }

  private Set<String> threads() {
    return requestLines().stream()
        .map(line -> line.getFormattedMessage().split(" ", 3)[2])
        .collect(Collectors.toSet());
  }
}
