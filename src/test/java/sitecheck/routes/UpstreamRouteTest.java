package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Callee;
import sitecheck.Http;

/** Sequential checks, the default. {@link ParallelUpstreamRouteTest} makes them parallel. */
class UpstreamRouteTest extends RouteTest {

  private static final String CONNECTED = "{\"connected\":true}";

  /** The second checker; {@link #callee} is the first, and the site. */
  private final Callee service2 = new Callee();

  UpstreamRouteTest() {
    super("upstream");
    settings.setProperty("service2.port", String.valueOf(service2.port()));
    settings.setProperty("site.baidu.url", "http://127.0.0.1:" + callee.port() + "/a%2Fb%3Fc%2Bd");
    settings.setProperty("check-sites.timeout", "1500");
    settings.setProperty("checker.timeout", "3600000");
  }

  @AfterEach
  void closeService2() {
    service2.close();
  }

  @Test
  void asksTheSecondCheckerWhenTheFirstHasAnswered() {
    assertThat(askedAtOnce("/api/check-sites")).isFalse();
  }

  @Test
  void asksAllAtOnceInTheSecondVersion() {
    assertThat(askedAtOnce("/api/check-sites-v2")).isTrue();
  }

  /** Whether the second checker is called before the first has answered. */
  final boolean askedAtOnce(String path) {
    CountDownLatch secondIsAsked = new CountDownLatch(1);
    boolean[] atOnce = new boolean[1];
    callee.answers(
        request -> {
          atOnce[0] = secondIsAsked.await(1, TimeUnit.SECONDS);
          Callee.send(request, 200, CONNECTED);
        });
    service2.answers(
        request -> {
          secondIsAsked.countDown();
          Callee.send(request, 200, CONNECTED);
        });
    assertThat(Http.get(url(path)).body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    return atOnce[0];
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/check-sites", "/api/check-sites-v2"})
  void makesOneAnswerOfTheCheckers(String path) {
    callee.answers(203, CONNECTED);
    service2.answers(200, "{\"connected\":false}");

    HttpResponse<String> answer = Http.get(url(path));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":false}");
    assertThat(callee.takeRequest().line()).isEqualTo("GET /api/check");
    assertThat(service2.takeRequest().line()).isEqualTo("GET /api/check");
    callee.assertNothingLeft();
    service2.assertNothingLeft();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "500 | {}",
        "404 | {\"connected\":true}",
        "200 | <html>",
        "200 | {}",
        "200 | {\"connected\":\"yes\"}",
        "200 | ''",
      })
  void keepsTheOtherAnswerWhenACheckerFails(int status, String body) {
    callee.answers(200, CONNECTED);
    service2.answers(status, body);

    assertProblem(502, "service2", "\"baidu\":true,\"qq\":null");
  }

  @Test
  void namesTheCheckerThatIsDown() {
    callee.close();
    service2.answers(200, CONNECTED);

    assertProblem(502, "service1", "\"baidu\":null,\"qq\":true");
  }

  @Test
  void namesTheCheckerThatIsTooSlow() {
    callee.answers(200, CONNECTED);
    service2.hangs();

    assertProblem(504, "service2", "\"baidu\":true,\"qq\":null");
  }

  /** Each call may take an hour, but not the request that causes it. */
  @Test
  void allThatAreTooSlowEndWithTheRequest() {
    callee.hangs();
    service2.hangs();

    assertProblem(504, "service1, service2", "\"baidu\":null,\"qq\":null");
  }

  @Test
  void isLateWhenOneIsLateAndAnotherFails() {
    callee.hangs();
    service2.close();

    assertProblem(504, "service1, service2", "\"baidu\":null,\"qq\":null");
  }

  @Test
  void namesAllThatFail() {
    callee.close();
    service2.close();

    assertProblem(502, "service1, service2", "\"baidu\":null,\"qq\":null");
  }

  private void assertProblem(int status, String services, String answers) {
    HttpResponse<String> answer = Http.get(url("/api/check-sites"));
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body())
        .contains("\"status\":" + status)
        .contains("no answer from " + services + "\"")
        .contains(answers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/check-sites", "/api/check-sites-v2", "/api/check-baidu"})
  void refusesAnotherMethod(String path) {
    HttpResponse<String> answer = Http.post(url(path), "{}");

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
    callee.assertNothingLeft();
  }

  @Test
  void checksASiteItself() {
    callee.answers(200, "");

    HttpResponse<String> answer = Http.get(url("/api/check-baidu"));

    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body()).isEqualTo("{\"connected\":true}");
    assertThat(callee.takeRequest().line()).isEqualTo("HEAD /a%2Fb%3Fc%2Bd");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/check-sites", "/api/check-sites-v2"})
  void asksByGetEvenWhenTheRequestHasABody(String path) {
    callee.answers(200, CONNECTED);
    service2.answers(200, CONNECTED);

    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url(path)));
    Http.send(request.method("GET", BodyPublishers.ofString("{}")), BodyHandlers.discarding());

    assertThat(callee.takeRequest().line()).isEqualTo("GET /api/check");
    assertThat(service2.takeRequest().line()).isEqualTo("GET /api/check");
  }

  @Test
  void aSiteThatItCannotReachIsAnAnswer() {
    callee.close();

    HttpResponse<String> answer = Http.get(url("/api/check-baidu"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"connected\":false}");
  }
}
