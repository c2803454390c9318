package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.apache.camel.component.http.HttpComponent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Callee;
import sitecheck.Http;

class MainRouteTest extends RouteTest {

  MainRouteTest() {
    super("main");
    settings.setProperty("upstream.timeout", "1200");
    settings.setProperty("site.timeout", "1200");
    settings.setProperty("headers.url", "http://127.0.0.1:" + callee.port() + "/a%2Fb%3Fc%2Bd");
  }

  @ParameterizedTest
  @CsvSource({
    "/check-sites, /api/check-sites",
    "/check-sites-v2, /api/check-sites-v2",
    "/check-baidu, /api/check-baidu",
    "/headers, /a%2Fb%3Fc%2Bd"
  })
  void passesEachQuestionOnAndTheAnswerBack(String asked, String passedOn) {
    callee.answers(200, "{\"answer\":\"of the callee\"}");

    HttpResponse<String> answer = Http.get(url(asked));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/x-callee");
    assertThat(answer.body()).isEqualTo("{\"answer\":\"of the callee\"}");
    assertThat(callee.takeRequest().line()).isEqualTo("GET " + passedOn);
    callee.assertNothingLeft();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/check-sites", "/check-sites-v2", "/check-baidu", "/headers"})
  void passesAProblemBackAsItIs(String path) {
    callee.answers(502, "{\"baidu\":true,\"qq\":null}");

    HttpResponse<String> answer = Http.get(url(path));

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":null}");
  }

  @Test
  void asksOnceEvenWhenItIsTurnedAwayAndSaysWhenToTryAgain() {
    callee.answers(
        request -> {
          request.getResponseHeaders().set("Retry-After", "7");
          request.getResponseHeaders().set("Server", "a callee");
          Callee.send(request, 503, "{}");
        });

    HttpResponse<String> answer = Http.get(url("/check-sites"));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("7");
    assertThat(answer.headers().firstValue("Server")).isEmpty();
    callee.takeRequest();
    callee.assertNothingLeft();
  }

  @ParameterizedTest
  @CsvSource({
    "/check-sites, upstream",
    "/check-sites-v2, upstream",
    "/check-baidu, upstream",
    "/headers, headers.url"
  })
  void namesTheCalleeThatDoesNotAnswer(String path, String called) {
    callee.close();

    HttpResponse<String> answer = Http.get(url(path));

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body())
        .isEqualTo(
            "{\"title\":\"Bad Gateway\",\"status\":502,\"detail\":\"no answer from %s\"}"
                .formatted(called));
  }

  @Test
  void namesUpstreamWhenItIsTooSlow() {
    callee.hangs();

    HttpResponse<String> answer = Http.get(url("/check-sites"));

    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body())
        .isEqualTo(
            "{\"title\":\"Gateway Timeout\",\"status\":504,\"detail\":\"no answer from"
                + " upstream\"}");
  }

  @Test
  void sendsNothingOfTheRequestAlongButTheContextOfTheTrace() {
    callee.answers(200, "{}");

    Http.get(
        url("/check-sites?x=1&CamelHttpUri=http://127.0.0.1:1/&CamelHttpMethod=DELETE"),
        "Authorization",
        "Basic c2VjcmV0",
        "Cookie",
        "session=secret",
        "CamelHttpPath",
        "/elsewhere",
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate",
        "vendor=1",
        "baggage",
        "some=1");

    Callee.Request request = callee.takeRequest();
    assertThat(request.line()).isEqualTo("GET /api/check-sites");
    assertThat(request.headers().keySet())
        .containsExactlyInAnyOrder(
            "Connection", "Host", "User-agent", "Traceparent", "Tracestate", "Baggage");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/check-sites", "/check-sites-v2", "/check-baidu", "/headers"})
  void asksByGetEvenWhenTheRequestHasABody(String path) {
    callee.answers(200, "{}");

    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url(path)));
    Http.send(request.method("GET", BodyPublishers.ofString("{}")), BodyHandlers.discarding());

    assertThat(callee.takeRequest().line()).startsWith("GET ");
  }

  @Test
  void asksByHttpsAsByHttp() {
    assertThat(howItAsks("https")).isEqualTo(howItAsks("http"));
  }

  private List<Object> howItAsks(String scheme) {
    HttpComponent component = context().getComponent(scheme, HttpComponent.class);
    return List.of(
        component.getConnectTimeout(),
        component.isCopyHeaders(),
        component.isAutomaticRetriesDisabled(),
        component.isRedirectHandlingDisabled(),
        component.isCookieManagementDisabled(),
        component.getHeaderFilterStrategy());
  }

  @Test
  void answersWithNothingOfTheInside() {
    callee.answers(
        request -> {
          request.getResponseHeaders().set("Server", "inside");
          request.getResponseHeaders().set("Set-Cookie", "inside=1");
          Callee.send(request, 200, "{}");
        });

    HttpResponse<String> answer =
        Http.get(
            url("/check-sites"),
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

    assertThat(answer.headers().map().keySet())
        .isSubsetOf("content-type", "content-length", "transfer-encoding", "traceresponse");
  }

  @Test
  void eachCallIsTheSameAfterAnyRequest() {
    callee.answers(
        request -> {
          request.getResponseHeaders().set("Set-Cookie", "inside=1; Path=/");
          Callee.send(request, 200, "{}");
        });

    Http.get(url("/check-sites"));
    Http.get(url("/check-sites"));

    callee.takeRequest();
    assertThat(callee.takeRequest().headers().keySet()).doesNotContain("Cookie");
  }

  @Test
  void asksForTheHeadersNoLongerThanASite() {
    callee.hangs();

    assertThat(Http.get(url("/headers")).statusCode()).isEqualTo(504);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/check-sites", "/check-sites-v2", "/check-baidu", "/headers"})
  void refusesAnotherMethod(String path) {
    assertRefused(Http.post(url(path), "{}"));
    assertRefused(Http.post(url(path) + "/", "{}"));
  }

  private void assertRefused(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
    callee.assertNothingLeft();
  }
}
