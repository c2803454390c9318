package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Callee;
import sitecheck.Http;

class PageRouteTest extends RouteTest {

  private static final String TRACE = "5b8efff798038103d269b633813fc60c";

  private static final int REQUESTS = 12;

  PageRouteTest() {
    super("main");
    settings.setProperty("traces.jaeger", "http://127.0.0.1:" + callee.port() + "/");
    settings.setProperty("traces.settle.time", "100");
    settings.setProperty("service1.port", "7001");
    settings.setProperty("requests.max", String.valueOf(REQUESTS));
  }

  @ParameterizedTest
  @CsvSource({"/, text/html", "/page.css, text/css", "/page.js, text/javascript"})
  void servesItsFiles(String path, String type) {
    HttpResponse<String> file = Http.get(url(path));

    assertThat(file.statusCode()).isEqualTo(200);
    assertThat(file.headers().firstValue("Content-Type")).contains(type);
    assertThat(file.body()).hasSizeGreaterThan(1000).isASCII();
  }

  @Test
  void takesNothingFromElsewhere() {
    HttpResponse<String> page = Http.get(url("/"));

    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .startsWith("default-src 'none'")
        .doesNotContain("unsafe", "http", "*");
    for (String path : new String[] {"/", "/page.css", "/page.js"}) {
      assertThat(Http.get(url(path)).body().replace("http://www.w3.org/2000/svg", ""))
          .doesNotContain("://", "innerHTML", "eval(");
    }
  }

  @Test
  void leadsToTheAnswersThemselves() {
    assertThat(Http.get(url("/")).body())
        .contains("\"/check-sites\"", "\"/check-sites-v2\"", "\"/check-baidu\"", "\"/headers\"");
  }

  @Test
  void anAnswerOfItsOwnHasNothingOfTheRequest() {
    HttpResponse<String> page =
        Http.get(
            url("/?CamelHttpResponseCode=418&x=1"),
            "Authorization",
            "Basic c2VjcmV0",
            "CamelHttpResponseCode",
            "418",
            "x-some",
            "1");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().map().keySet())
        .isSubsetOf(
            "content-security-policy", "content-type", "content-length", "transfer-encoding");
  }

  @Test
  void givesTheLogsEntriesOfATraceAsTheyAre() {
    callee.answers(200, "[{\"site\":\"qq\"}]");

    HttpResponse<String> entries = Http.get(url("/page/log?traceId=" + TRACE));

    assertThat(entries.body()).isEqualTo("[{\"site\":\"qq\"}]");
    assertThat(entries.headers().firstValue("Content-Type")).contains("text/x-callee");
    Callee.Request asked = callee.takeRequest();
    assertThat(asked.line()).isEqualTo("GET /api/log?traceId=" + TRACE);
    assertThat(asked.headers().getFirst("traceparent")).endsWith("-00");
  }

  @Test
  void passesOnTheLogsRefusal() {
    callee.answers(503, "not now");

    HttpResponse<String> answer = Http.get(url("/page/log?traceId=" + TRACE));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("not now");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/page/log", "/page/trace"})
  void refusesInvalidTraceIds(String path) {
    for (String query : new String[] {"", "?traceId=xyz", "?traceId=" + TRACE + "%26limit=1"}) {
      HttpResponse<String> answer = Http.get(url(path + query));

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("traceId must have 32 lower-case hex digits");
    }
    callee.assertNothingLeft();
  }

  @Test
  void asksForTheTracesOfTheLastMinutes() {
    callee.answers(404, "no traces found");

    assertThat(Http.get(url("/page/graph")).body()).isEqualTo("{\"traces\":0,\"edges\":[]}");
    assertThat(callee.takeRequest().line())
        .matches(
            "GET /api/v3/traces\\?query.service_name=main&query.start_time_min=\\S+Z"
                + "&query.start_time_max=\\S+Z&query.num_traces=100");
  }

  @ParameterizedTest
  @CsvSource({
    "/page/graph, 502, no answer from the trace store (traces.jaeger or traces.query.url)",
    "/page/trace?traceId=5b8efff798038103d269b633813fc60c, 502, no answer from the trace store",
    "/page/log?traceId=5b8efff798038103d269b633813fc60c, 502, no answer from log"
  })
  void namesTheCalleeThatDoesNotAnswer(String path, int status, String detail) {
    callee.close();

    HttpResponse<String> answer = Http.get(url(path));

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).contains(detail);
  }

  @Test
  void saysWhenTheStoreHasNoSuchTrace() {
    callee.answers(404, "not found");

    HttpResponse<String> answer = Http.get(url("/page/trace?traceId=" + TRACE));

    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(answer.body())
        .contains("the trace store (traces.jaeger or traces.query.url) has no span of " + TRACE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "called by nothing | [\"service1\"]",
        "failed            | []",
        "called elsewhere  | []",
        "called by another | [\"service1\",\"the caller of log\"]"
      })
  void saysWhereSpansAreStillToComeFrom(String name, String missing) {
    String call = call(name.equals("called elsewhere") ? 7002 : 7001);
    if (name.equals("failed")) {
      call = call.replace("\"kind\"", "\"status\":{\"code\":2},\"kind\"");
    }
    String orphan = "," + span("log", "3", "9", "\"kind\":2");
    callee.answers(200, trace(ENTRY, call + (name.equals("called by another") ? orphan : "")));

    HttpResponse<String> answer = Http.get(url("/page/trace?traceId=" + TRACE));

    assertThat(answer.body()).contains("\"missing\":" + missing);
  }

  @Test
  void saysThatTheSpansOfMainAreMissing() {
    callee.answers(200, trace(span("upstream", "3", "9", "\"kind\":2")));

    HttpResponse<String> answer = Http.get(url("/page/trace?traceId=" + TRACE));

    assertThat(answer.body()).contains("\"missing\":[\"the caller of upstream\"]");
  }

  @Test
  void aClientsSpanIsNotMissed() {
    callee.answers(200, trace(span("main", "1", "9", "\"kind\":2")));

    HttpResponse<String> answer = Http.get(url("/page/trace?traceId=" + TRACE));

    assertThat(answer.body()).contains("\"missing\":[]");
  }

  @Test
  void waitsForTheSpansOfACalleeThatHasAnswered() {
    AtomicInteger times = new AtomicInteger();
    String called = span("service1", "3", "2", "\"kind\":2");
    callee.answers(
        request ->
            Callee.send(
                request,
                200,
                times.incrementAndGet() < 5
                    ? trace(ENTRY, call(7001))
                    : trace(ENTRY, call(7001), called)));

    HttpResponse<String> answer = Http.get(url("/page/trace?traceId=" + TRACE));

    assertThat(answer.body()).contains("\"missing\":[]").contains("\"service\":\"service1\"");
  }

  private static final String ENTRY = span("main", "1", "", "\"kind\":2");

  private static String call(int port) {
    String attribute = "{\"key\":\"server.%s\",\"value\":{\"stringValue\":\"%s\"}}";
    String address =
        attribute.formatted("address", "127.0.0.1") + "," + attribute.formatted("port", port);
    return span("main", "2", "1", "\"kind\":3,\"attributes\":[%s]".formatted(address));
  }

  private static String span(String service, String id, String parent, String more) {
    return """
    {"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"%s"}}]},
     "scopeSpans":[{"spans":[
       {"traceId":"%s","spanId":"%s","parentSpanId":"%s","name":"GET",%s}]}]}
    """
        .formatted(service, TRACE, id, parent, more);
  }

  private static String trace(String... spans) {
    return "{\"result\":{\"resourceSpans\":[%s]}}".formatted(String.join(",", spans));
  }

  @ParameterizedTest
  @CsvSource({
    "500, {}, answered with status 500",
    "200, <html>, answered with something other than JSON",
    "200, '[[[[', answered with something other than JSON"
  })
  void saysTheReasonIfTheStoreFails(int status, String body, String detail) {
    callee.answers(status, body);

    for (String path : new String[] {"/page/graph", "/page/trace?traceId=" + TRACE}) {
      HttpResponse<String> answer = Http.get(url(path));

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.body())
          .contains("the trace store (traces.jaeger or traces.query.url) " + detail);
    }
  }

  /** Some traces have thousands of spans. */
  @ParameterizedTest
  @CsvSource({"100, 200", "10, 200", "1, 200", "0, 502"})
  void drawsFewerTracesWhereManyAreMoreThanItReads(int readable, int status) {
    String tooLong = " ".repeat(4 * 1024 * 1024 + 1);
    callee.answers(
        request -> {
          String query = request.getRequestURI().getQuery();
          int traces = Integer.parseInt(query.replaceFirst(".*num_traces=", ""));
          Callee.send(request, 200, traces <= readable ? "{\"result\":{}}" : tooLong);
        });

    HttpResponse<String> answer = Http.get(url("/page/graph"));

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).contains(status == 200 ? "\"traces\":0" : "is too long");
  }

  @Test
  void waitsForAFewTracesAtATimeAndAnswersOthersMeanwhile() throws Exception {
    CountDownLatch headersAnswered = new CountDownLatch(1);
    callee.answers(
        request -> {
          if (request.getRequestURI().getPath().equals("/headers")) {
            Callee.send(request, 200, "{}");
          } else {
            headersAnswered.await();
            Callee.send(request, 404, "");
          }
        });
    ExecutorService clients = Executors.newCachedThreadPool();
    CompletionService<Integer> asked = new ExecutorCompletionService<>(clients);
    for (int i = 0; i < 2 * REQUESTS; i++) {
      asked.submit(() -> Http.get(url("/page/trace?traceId=" + TRACE)).statusCode());
    }
    for (int i = 0; i < 2 * REQUESTS - 8; i++) {
      assertThat(asked.take().get()).isEqualTo(503);
    }

    assertThat(Http.get(url("/headers")).statusCode()).isEqualTo(200);
    headersAnswered.countDown();
    clients.shutdown();
    for (int i = 0; i < 8; i++) {
      assertThat(asked.take().get()).isEqualTo(504);
    }
  }

  @Test
  void doesNotCompareUntracedRequests() {
    callee.answers(200, "{}");

    HttpResponse<String> answer = Http.get(url("/compare"));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("not sampled");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/page.css", "/page.js", "/compare", "/page/trace", "/page/graph"})
  void refusesAnotherMethod(String path) {
    HttpResponse<String> answer = Http.post(url(path), "{}");

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
    callee.assertNothingLeft();
  }
}
