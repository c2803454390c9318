package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sitecheck.service.Port;
import sitecheck.tracestore.TraceStore;

/** Everything in one JVM, as a newcomer runs it, and asked over HTTP. */
class SystemTest {

  private final Map<String, String> settings = Ports.settings();
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
  private SiteCheck system;

  private void start() {
    system =
        new SiteCheck(List.of(), settings, new PrintStream(terminal, true, StandardCharsets.UTF_8));
    system.start();
  }

  @AfterEach
  void stop() {
    system.close();
    assertThat(List.of("main", "upstream", "service1", "service2", "log", "sites"))
        .allMatch(name -> new Port("127.0.0.1", port(name)).isFree());
  }

  private int port(String name) {
    return Integer.parseInt(settings.get(name + ".port"));
  }

  private String url(String service, String path) {
    return "http://127.0.0.1:" + settings.get(service + ".port") + path;
  }

  private Trace trace(HttpResponse<String> answer, String expected) {
    return Trace.await(url("traces.ui", ""), Trace.id(answer), expected);
  }

  private TraceStore storeOnOurPorts() throws IOException {
    return TraceStore.start(
        new TraceStore.Settings(
            "127.0.0.1", port("traces.otlp"), port("traces.ui"), 1000, 1_000_000));
  }

  static String checkSites(String path) {
    return """
        main get %1$s
          main get
            upstream get /api%1$s
              upstream service1
                upstream get
                  service1 get /api/check
                    service1 post
                      log post /api/log
                    service1 site
                      service1 head
              upstream service2
                upstream get
                  service2 get /api/check
                    service2 post
                      log post /api/log
                    service2 site
                      service2 head
        """
        .formatted(path);
  }

  @Test
  void checksAreMadeOneAfterTheOtherUnlessSwapped() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertThat(checksOverlap(trace(answer, checkSites("/check-sites")))).isFalse();
  }

  @Test
  void checksAreMadeAtOnceWhenSwapped() {
    settings.put("check-sites.parallel", "true");
    start();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertThat(checksOverlap(trace(answer, checkSites("/check-sites")))).isTrue();
  }

  @Test
  void checksAreMadeAtOnceInTheSecondVersion() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites-v2"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertThat(checksOverlap(trace(answer, checkSites("/check-sites-v2")))).isTrue();
  }

  private static boolean checksOverlap(Trace trace) {
    return trace.find("service1", "head").overlaps(trace.find("service2", "head"));
  }

  @Test
  void twoServicesCheckOneSite() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/check-baidu"));

    assertThat(answer.body()).isEqualTo("{\"connected\":true}");
    trace(
        answer,
        """
        main get /check-baidu
          main get
            upstream get /api/check-baidu
              upstream site
                upstream head
        """);
  }

  @Test
  void theHeadersOfACallCarryTheTrace() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/headers"));

    assertThat(Trace.json(answer.body()).at("/headers/Traceparent").asText())
        .startsWith("00-" + Trace.id(answer) + "-");
    trace(answer, "main get /headers\n  main get\n");
  }

  @Test
  void aCallersTraceGoesOn() {
    start();
    String traceId = "0af7651916cd43dd8448eb211c80319c";

    HttpResponse<String> answer =
        Http.get(
            url("main", "/check-sites"), "traceparent", "00-" + traceId + "-b7ad6b7169203331-01");

    assertThat(Trace.id(answer)).isEqualTo(traceId);
    Trace trace = trace(answer, checkSites("/check-sites"));
    assertThat(trace.find("main", "get /check-sites").parent()).isEqualTo("b7ad6b7169203331");
  }

  @Test
  void theLogFindsTheChecksOfATrace() {
    start();

    String traceId = Trace.id(Http.get(url("main", "/check-sites")));

    JsonNode checks =
        Trace.json(Http.get(url("log", "/api/log?traceId=" + traceId + "&limit=10")).body());
    assertThat(checks.findValuesAsText("site")).containsExactly("qq", "baidu");
    assertThat(checks.findValuesAsText("connected")).containsExactly("true", "true");
  }

  @Test
  void theGraphShowsWhoCallsWhom() {
    start();

    trace(Http.get(url("main", "/check-sites-v2")), checkSites("/check-sites-v2"));

    String dependencies = "/api/v2/dependencies?endTs=" + System.currentTimeMillis();
    Set<String> edges = new TreeSet<>();
    for (JsonNode edge : Trace.json(Http.get(url("traces.ui", dependencies)).body())) {
      edges.add(edge.get("parent").asText() + " -> " + edge.get("child").asText());
    }
    assertThat(edges)
        .containsExactly(
            "main -> upstream",
            "service1 -> log",
            "service2 -> log",
            "upstream -> service1",
            "upstream -> service2");
  }

  @Test
  void aCallByHttpsTellsWhomItAsksToo() {
    int nobody = Ports.free();
    settings.put("site.qq.url", "https://127.0.0.1:" + nobody + "/some/page");
    start();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":false}");
    trace(answer, checkSites("/check-sites"));
    JsonNode spans =
        Trace.json(Http.get(url("traces.ui", "/api/v2/trace/" + Trace.id(answer))).body());
    assertThat(spans)
        .filteredOn(span -> span.at("/localEndpoint/serviceName").asText().equals("service2"))
        .filteredOn(span -> span.get("name").asText().equals("head"))
        .singleElement()
        .satisfies(
            head -> {
              assertThat(head.at("/tags/server.address").asText()).isEqualTo("127.0.0.1");
              assertThat(head.at("/tags/server.port").asInt()).isEqualTo(nobody);
            });
  }

  @Test
  void anAnswerCarriesTheIdsOfItsSpan() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/headers"));

    Trace trace = trace(answer, "main get /headers\n  main get\n");
    assertThat(answer.headers().firstValue("traceresponse").orElseThrow())
        .startsWith(
            "00-" + Trace.id(answer) + "-" + trace.find("main", "get /headers").id() + "-0");
  }

  @Test
  void baggageGoesAlong() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/headers"), "baggage", "some=thing");

    assertThat(Trace.json(answer.body()).at("/headers/Baggage").asText()).isEqualTo("some=thing");
  }

  @Test
  void aSiteThatIsDownIsAnAnswer() {
    settings.put("site.qq.url", "http://127.0.0.1:" + Ports.free());
    start();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":false}");
  }

  @Test
  void eachFinishedTraceIsPrintedAsATree() {
    start();

    String traceId = Trace.id(Http.get(url("main", "/check-sites")));

    await()
        .untilAsserted(
            () ->
                assertThat(terminal.toString(StandardCharsets.UTF_8).lines())
                    .anyMatch(line -> line.contains("/zipkin/traces/" + traceId))
                    .anyMatch(line -> line.matches("main +GET /check-sites +[\\d.]+ ms [█#]{30}"))
                    .anyMatch(line -> line.matches("service2 +HEAD +[\\d.]+ ms +[█#]+")));
  }

  @Test
  void noTraceIsPrintedWhenTurnedOff() {
    settings.put("trace.print", "false");
    start();

    trace(Http.get(url("main", "/check-sites")), checkSites("/check-sites"));
    stop();

    assertThat(terminal.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void spansGoToWhoeverListensAlready() throws Exception {
    try (TraceStore listening = storeOnOurPorts()) {
      start();

      assertThat(system.summary())
          .containsOnlyOnce(
              "sent to http://127.0.0.1:%d, where something listens already"
                  .formatted(listening.otlpPort()));
      trace(Http.get(url("main", "/check-sites")), checkSites("/check-sites"));
    }
  }

  @Test
  void theSummaryTellsWhereEachListensAndWhatIsChecked() {
    start();

    assertThat(List.of("main", "upstream", "service1", "service2", "log", "sites"))
        .allSatisfy(
            service ->
                assertThat(system.summary())
                    .containsPattern("(?m)^  " + service + " +" + url(service, "  /")));
    assertThat(system.summary())
        .contains("baidu  " + url("sites", "/baidu"), "qq  " + url("sites", "/qq"))
        .contains(settings.get("traces.ui.port") + "/zipkin/");
  }

  @Test
  void whatIsInFlightIsAnsweredAndItsTraceKeptWhenItStops() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (TraceStore outliving = storeOnOurPorts();
        Callee site = new Callee().answersAfter(release)) {
      settings.put("site.qq.url", "http://127.0.0.1:" + site.port());
      start();
      CompletableFuture<HttpResponse<String>> inFlight =
          CompletableFuture.supplyAsync(() -> Http.get(url("main", "/check-sites")));
      site.takeRequest();

      CompletableFuture<Void> stopped = CompletableFuture.runAsync(this::stop);
      await().until(() -> Http.get(url("main", "/headers")).statusCode() == 503);
      release.countDown();

      assertThat(inFlight.get().body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
      stopped.get();
      trace(inFlight.get(), checkSites("/check-sites"));
    }
  }
}
