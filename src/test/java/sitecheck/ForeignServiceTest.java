package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sitecheck.trace.Span;
import sitecheck.trace.Trace.Bar;

/** Tests a service that others wrote in place of ours: the one in {@code docs/services.md}. */
class ForeignServiceTest {

  private static final Pattern PROGRAM = Pattern.compile("(?s)```python\n(.*?)```");
  private static final String UNSAMPLED = "0af7651916cd43dd8448eb211c80319c";

  private final Map<String, String> settings = Ports.settings();

  @BeforeEach
  void needsPython() {
    if (!"true".equals(System.getenv("PYTHON_REQUIRED"))) {
      assumeThat(Stream.of(System.getenv("PATH").split(File.pathSeparator)))
          .as("python3 is there")
          .anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3")));
    }
  }

  @Test
  void itTakesPartInTheTrace() throws Exception {
    Process service1 = start();
    try (SiteCheck ours =
        Launcher.inThisJvm(
            List.of("main", "upstream", "service2", "sites", "log", "traces"), settings)) {
      String unsampled = "00-%s-b7ad6b7169203331-00".formatted(UNSAMPLED);
      await()
          .ignoreExceptions()
          .until(() -> ask("service1", "/api/check", "traceparent", unsampled).statusCode() == 200);

      HttpResponse<String> answer = ask("main", "/check-sites");

      assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
      String traceId = Trace.id(answer);
      await().untilAsserted(() -> assertThat(drawing(traceId)).isEqualTo(sequential()));
      JsonNode checks = Trace.json(ask("log", "/api/log?traceId=" + traceId).body());
      assertThat(checks.findValuesAsText("service")).containsExactly("service2", "service1");
      assertThat(ask("traces", "/api/v3/traces/" + UNSAMPLED).statusCode()).isEqualTo(404);
    } finally {
      service1.destroyForcibly().waitFor();
    }
  }

  private Process start() throws IOException {
    Path folder = Path.of(Ports.folder());
    Matcher program = PROGRAM.matcher(Files.readString(Path.of("docs", "services.md")));
    assertThat(program.find()).isTrue();
    Files.writeString(folder.resolve("service1.py"), program.group(1));
    ProcessBuilder python = new ProcessBuilder("python3", "service1.py").directory(folder.toFile());
    python.environment().put("PORT", settings.get("service1.port"));
    python.environment().put("SITE", url("sites", "/baidu"));
    python.environment().put("LOG", url("log", "/api/log"));
    python.environment().put("TRACES", url("traces", "/v1/traces"));
    return python.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  private HttpResponse<String> ask(String service, String path, String... headers) {
    return Http.get(url(service, path), headers);
  }

  private String url(String service, String path) {
    return "http://127.0.0.1:" + settings.get(service + ".port") + path;
  }

  /** Draws what the trace store has of a trace, in the notation of the contract. */
  private String drawing(String traceId) {
    JsonNode data = Trace.json(ask("traces", "/api/v3/traces/" + traceId).body()).path("result");
    assertThat(data.path("resourceSpans")).isNotEmpty();
    StringBuilder lines = new StringBuilder();
    for (Bar bar : sitecheck.trace.Trace.of(Span.of(data), "").bars()) {
      Span span = bar.span();
      Map<String, String> of = span.attributes();
      String callee = of.getOrDefault("db.system.name", of.getOrDefault("url.full", ""));
      lines.append(
          "%-37s %-9s %-9s %-4s %s"
              .formatted(
                  "  ".repeat(bar.depth()) + span.name(),
                  span.service(),
                  span.kind().toLowerCase(Locale.ROOT),
                  of.getOrDefault("http.response.status_code", "-"),
                  Ports.named(settings, callee))
              .stripTrailing());
      lines.append('\n');
    }
    return lines.toString();
  }

  /** The same trace from our own services, without the parts that only Camel has. */
  private static String sequential() {
    return ContractCase.named("sequential").text().split("\n\n", 4)[3].replaceAll(" +route .*", "");
  }
}
