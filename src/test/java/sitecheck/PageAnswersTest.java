package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What main answers to the page and to the terminal, with all services in one JVM. */
class PageAnswersTest {

  private final Map<String, String> settings = Ports.settings();
  private SiteCheck system;

  private void start() {
    system = Launcher.inThisJvm(List.of(), settings);
  }

  @AfterEach
  void stop() {
    system.close();
  }

  private String url(String service, String path) {
    return "http://127.0.0.1:" + settings.get(service + ".port") + path;
  }

  private HttpResponse<String> put(String service, String path, String json) {
    return Http.send(
        HttpRequest.newBuilder(URI.create(url(service, path)))
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(json)),
        BodyHandlers.ofString());
  }

  private JsonNode compare() {
    HttpResponse<String> answer = Http.get(url("main", "/compare"), "Accept", "application/json");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    return Trace.json(answer.body());
  }

  @Test
  void theTerminalGetsBothTracesWithBarsAndHowMuchFasterTheSecondWas() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/compare"));

    assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(answer.body().lines().filter(line -> line.matches(".{39} +[\\d.]+ ms +[█▒─]+")))
        .hasSize(34);
    assertThat(answer.body())
        .containsPattern("(?m)^/check-sites  200  http://localhost:\\d+/zipkin/traces/\\w{32}$")
        .containsPattern("(?m)^/check-sites-v2  200  http")
        .containsPattern("(?m)^\\d+\\.\\d\\d × as fast in parallel\\.$");
  }

  @Test
  void theComparisonIsAlsoThereAsJson() {
    start();

    JsonNode comparison = compare();

    double first = comparison.at("/runs/0/trace/duration").asDouble();
    assertThat(comparison.get("speedup").asDouble())
        .isEqualTo(first / comparison.at("/runs/1/trace/duration").asDouble());
    assertThat(comparison.get("note").isNull()).isTrue();
    assertThat(comparison.at("/runs/0/trace/concurrent").asBoolean()).isFalse();
    assertThat(comparison.at("/runs/1/trace/concurrent").asBoolean()).isTrue();
    assertThat(comparison.at("/runs/0/answer").asText()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertThat(comparison.at("/runs/0/trace/bars")).hasSize(17);
    assertThat(comparison.findValues("missing")).hasSize(2).allMatch(JsonNode::isEmpty);
  }

  @Test
  void itSaysSoWhenSequentialIsSwappedForParallel() {
    settings.put("check-sites.parallel", "true");
    start();

    assertThat(Http.get(url("main", "/compare")).body()).contains("check-sites.parallel is true");
  }

  @Test
  void itSaysSoWhenMainIsOverloaded() {
    settings.put("requests.max", "1"); // the comparison itself takes this one
    start();

    HttpResponse<String> answer = Http.get(url("main", "/compare"));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("main is overloaded");
  }

  @Test
  void howLongSpansWaitToBeSentMayHaveAUnit() {
    settings.put("otel.bsp.schedule.delay", "1s");
    settings.put("traces.settle.time", "1200");
    start();

    assertThat(compare().at("/runs/0/trace/bars")).hasSize(17);
  }

  @Test
  void requestsOfThePageLeaveNoTrace() {
    start();
    JsonNode runs = compare().get("runs");
    String traceId = runs.at("/0/trace/id").asText();
    for (String path : List.of("/", "/page.css", "/page.js", "/page/graph", "/page/faults")) {
      assertThat(Http.get(url("main", path)).statusCode()).isEqualTo(200);
    }
    for (String path : List.of("/page/log?traceId=", "/page/trace?traceId=")) {
      assertThat(Http.get(url("main", path + traceId)).statusCode()).isEqualTo(200);
    }
    assertThat(put("main", "/page/faults", "{\"service1\":{\"fault\":\"none\"}}").statusCode())
        .isEqualTo(200);
    String last = Trace.id(Http.get(url("main", "/headers")));
    Trace.await(url("traces", ""), last, "main get /headers\n  main get\n");

    assertThat(Trace.json(Http.get(url("traces", "/api/v2/traces?limit=100")).body()))
        .as("one that warms up, two compared, one for the headers")
        .hasSize(4);
  }

  @ParameterizedTest
  @CsvSource({
    "slow, 200, true, null",
    "fails, 502, null, it is set to fail",
    "down, 502, null, The target server failed to respond"
  })
  void aFaultOfACheckerIsSeenInTheTrace(String fault, int status, String qq, String reason) {
    start();

    HttpResponse<String> set =
        put("main", "/page/faults", "{\"service2\":{\"fault\":\"%s\"}}".formatted(fault));

    assertThat(Trace.json(set.body()).at("/service2/fault").asText()).isEqualTo(fault);
    assertThat(Trace.json(set.body()).at("/service1/fault").asText()).isEqualTo("none");
    JsonNode parallel = compare().at("/runs/1");
    assertThat(parallel.get("status").asInt()).isEqualTo(status);
    assertThat(Trace.json(parallel.get("answer").asText()).get("qq").asText()).isEqualTo(qq);
    assertThat(parallel.findValuesAsText("failure")).contains(reason);
    assertThat(parallel.get("missing")).isEmpty();
    if (fault.equals("slow")) {
      assertThat(parallel.at("/trace/duration").asLong()).isGreaterThan(1_000_000_000);
    }

    put("main", "/page/faults", "{\"service2\":{\"fault\":\"none\"}}");
    assertThat(Http.get(url("main", "/check-sites")).statusCode()).isEqualTo(200);
  }

  @Test
  void aCheckerThatIsDownNeverAnswers() {
    start();
    put("main", "/page/faults", "{\"service2\":{\"fault\":\"down\"}}");

    for (int i = 0; i < 30; i++) {
      assertThatThrownBy(() -> Http.get(url("service2", "/api/check")))
          .isInstanceOf(UncheckedIOException.class);
    }
  }

  @Test
  void aCheckerThatIsDownKeepsNoWorkerForPipelinedRequests() throws Exception {
    start();
    put("main", "/page/faults", "{\"service2\":{\"fault\":\"down\"}}");
    int port = Integer.parseInt(settings.get("service2.port"));

    String requests = "GET /api/check HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3);
    assertThat(RawHttp.ask(port, requests, Duration.ofSeconds(5))).isEmpty();

    String metrics = url("service2.management", "/observe/metrics");
    await()
        .untilAsserted(
            () -> assertThat(Http.get(metrics).body()).contains("http_server_active_requests 0.0"));
  }

  @Test
  void theDelayOfTheSitesIsChangedWhileTheyRun() {
    start();

    HttpResponse<String> set = put("main", "/page/faults", "{\"sites\":{\"delay\":700}}");

    assertThat(Trace.json(set.body()).at("/sites/delay").asInt()).isEqualTo(700);
    assertThat(compare().at("/runs/1/trace/duration").asLong()).isGreaterThan(700_000_000);
  }

  @Test
  void aFaultThatMakesNoSenseIsRefusedWithItsReason() {
    start();
    for (String row :
        new String[] {
          "{\"sites\":{\"delay\":60001}} | sites: delay must be 0 to 60000 ms",
          "{\"sites\":{\"delay\":\"007\"}} | sites: delay must be 0 to 60000 ms",
          "{\"sites\":{\"delay\":\"7\"}} | sites: delay must be 0 to 60000 ms",
          "{\"sites\":{\"delay\":1.5}} | sites: delay must be 0 to 60000 ms",
          "{\"sites\":{\"delay\":-1}} | sites: delay must be 0 to 60000 ms",
          "{\"sites\":{}} | sites: delay must be 0 to 60000 ms",
          "{\"service1\":{\"fault\":\"some\"}} | service1: fault must be none, slow, fails or down",
          "{\"service1\":1} | service1: the body must be a JSON object",
          "{ | the body is not JSON at line 1",
          "[] | the body must be a JSON object",
          " | the body must be a JSON object"
        }) {
      String[] jsonAndReason = row.split(" *\\| *", 2);

      HttpResponse<String> answer = put("main", "/page/faults", jsonAndReason[0]);

      assertThat(answer.statusCode()).as(row).isEqualTo(400);
      assertThat(answer.body()).contains(jsonAndReason[1]);
    }
    assertThat(Http.get(url("main", "/page/faults")).body())
        .isEqualTo(
            "{\"sites\":{\"delay\":150},\"service1\":{\"fault\":\"none\"},\"service2\":{\"fault\":\"none\"}}");
  }

  @Test
  void theFaultsOfAServiceAreThereWhileAnotherIsStopped() {
    settings.put("faults.services", "stopped, service1");
    settings.put("stopped.host", "127.0.0.1");
    settings.put("stopped.port", String.valueOf(Ports.free()));
    start();

    HttpResponse<String> set = put("main", "/page/faults", "{\"service1\":{\"fault\":\"slow\"}}");

    assertThat(set.statusCode()).isEqualTo(200);
    assertThat(set.body()).isEqualTo("{\"service1\":{\"fault\":\"slow\"}}");
  }

  @ParameterizedTest
  @CsvSource({"sites, real", "listen.host, 0.0.0.0"})
  void nothingCanBeSetWhereSitesAreRealOrOthersGetIn(String setting, String value) {
    settings.put(setting, value);
    settings.put("main.host", "127.0.0.1");
    start();

    assertThat(Http.get(url("main", "/page/faults")).body()).isEqualTo("{}");
    assertThat(put("main", "/page/faults", "{}").statusCode()).isEqualTo(405);
    for (String service : List.of("sites", "service1", "service2")) {
      assertThat(put(service, "/fault", "{\"fault\":\"down\",\"delay\":1}").statusCode())
          .isEqualTo(404);
    }
  }
}
