package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sitecheck.service.Port;

/** All services in one JVM, as a newcomer runs them, tested over HTTP. */
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
    return Trace.await(url("traces", ""), Trace.id(answer), expected);
  }

  private SiteCheck anotherStore() {
    return Launcher.inThisJvm(List.of("traces"), settings);
  }

  static String checkSites(String path) {
    return """
    main get %1$s
      main get
        upstream get /api%1$s
          upstream service1
            upstream get
              service1 get /api/check
                service1 head
                service1 post
                  log post /api/log
                    log insert entry
          upstream service2
            upstream get
              service2 get /api/check
                service2 head
                service2 post
                  log post /api/log
                    log insert entry
    """
        .formatted(path);
  }

  @Test
  void theStoreHasTheTraceOfARequest() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    trace(answer, checkSites("/check-sites"));
  }

  /** A chunked answer would cost the service one more worker, and the caller a copy. */
  @ParameterizedTest
  @CsvSource({
    "main, /check-sites-v2, 24",
    "upstream, /api/check-sites-v2, 24",
    "service1, /api/check, 18",
    "log, /api/log, 14",
    "main, /nothing, 120"
  })
  void anAnswerSaysHowLongItIs(String service, String path, long length) {
    start();

    HttpResponse<String> answer = Http.get(url(service, path));

    assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(length);
    assertThat(answer.body()).hasSize((int) length);
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
  void theLogFindsTheChecksOfATrace() {
    start();

    String traceId = Trace.id(Http.get(url("main", "/check-sites")));

    JsonNode checks =
        Trace.json(Http.get(url("log", "/api/log?traceId=" + traceId + "&limit=10")).body());
    assertThat(checks.findValuesAsText("site")).containsExactly("qq", "baidu");
    assertThat(checks.findValuesAsText("connected")).containsExactly("true", "true");
    Trace trace = Trace.await(url("traces", ""), traceId, checkSites("/check-sites"));
    assertThat(checks.findValuesAsText("spanId")).contains(trace.find("log", "post /api/log").id());
  }

  @Test
  void theGraphShowsTheCallsBetweenServices() {
    start();

    trace(Http.get(url("main", "/check-sites-v2")), checkSites("/check-sites-v2"));

    String dependencies = "/api/v2/dependencies?endTs=" + System.currentTimeMillis();
    Set<String> edges = new TreeSet<>();
    for (JsonNode edge : Trace.json(Http.get(url("traces", dependencies)).body())) {
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
  void anAnswerCarriesTheIdsOfItsSpan() {
    start();

    HttpResponse<String> answer = Http.get(url("main", "/headers"));

    Trace trace = trace(answer, "main get /headers\n  main get\n");
    assertThat(answer.headers().firstValue("traceresponse").orElseThrow())
        .startsWith(
            "00-" + Trace.id(answer) + "-" + trace.find("main", "get /headers").id() + "-0");
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
                    .anyMatch(line -> line.matches("main +GET /check-sites +[\\d.]+ ms █{30}"))
                    .anyMatch(line -> line.matches("service2 +HEAD +[\\d.]+ ms +█+")));
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
  void spansGoToTheProcessThatListensAlready() throws Exception {
    try (SiteCheck listening = anotherStore()) {
      start();

      assertThat(system.summary())
          .containsOnlyOnce("sent to " + url("traces", "; if a Jaeger gets them, set"));
      trace(Http.get(url("main", "/check-sites")), checkSites("/check-sites"));
    }
  }

  @Test
  void theSummaryListsTheAddressesOfServicesAndSites() {
    start();

    assertThat(List.of("main", "upstream", "service1", "service2", "log", "sites", "traces"))
        .allSatisfy(
            service ->
                assertThat(system.summary())
                    .containsPattern("(?m)^  " + service + " +" + url(service, "$")));
    assertThat(system.summary())
        .contains("baidu  " + url("sites", "/baidu"), "qq  " + url("sites", "/qq"))
        .contains(settings.get("traces.port") + "/zipkin/");
  }

  @Test
  void aRequestInFlightIsAnsweredAndItsTraceKeptAtAStop() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (SiteCheck outliving = anotherStore();
        Callee site = new Callee().answersAfter(release)) {
      settings.put("site.qq.url", "http://127.0.0.1:" + site.port());
      start();
      CompletableFuture<HttpResponse<String>> inFlight =
          CompletableFuture.supplyAsync(() -> Http.get(url("main", "/check-sites")));
      site.takeRequest();

      CompletableFuture<Void> stopped = CompletableFuture.runAsync(this::stop);
      await().until(() -> Http.get(url("main", "/headers")).statusCode() == 503);
      assertThat(Http.get(url("main", "/headers")).body())
          .contains("\"detail\":\"this service is starting or stopping\"");
      release.countDown();

      assertThat(inFlight.get().body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
      stopped.get();
      trace(inFlight.get(), checkSites("/check-sites"));
    }
  }
}
