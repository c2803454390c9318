package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sitecheck.Callee;
import sitecheck.Http;

class CheckerRouteTest extends RouteTest {

  private final Callee site = new Callee();

  CheckerRouteTest() {
    super("service2", "checker.camel.yaml", "site.camel.yaml");
    settings.setProperty("site.qq.url", "http://127.0.0.1:" + site.port() + "/some/page");
    settings.setProperty("site.timeout", "300");
    settings.setProperty("log.timeout", "300");
  }

  @AfterEach
  void closeSite() {
    site.close();
  }

  @ParameterizedTest
  @CsvSource({
    "200, true",
    "204, true",
    "302, true",
    "399, true",
    "400, false",
    "404, false",
    "500, false"
  })
  void aSiteIsConnectedWhenItAnswersBelow400(int status, boolean connected) {
    site.answers(status, "");

    assertAnswered(connected);
    assertThat(site.takeRequest().line()).isEqualTo("HEAD /some/page");
    site.assertNothingLeft();
  }

  @Test
  void aSiteThatCannotBeReachedIsAnAnswer() {
    site.close();

    assertAnswered(false);
  }

  @Test
  void aSiteThatTakesTooLongIsAnAnswer() {
    site.hangs();

    assertAnswered(false);
  }

  private void assertAnswered(boolean connected) {
    callee.answers(201, "");

    HttpResponse<String> answer = Http.get(url("/api/check"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body()).isEqualTo("{\"connected\":" + connected + "}");
    Callee.Request logged = callee.takeRequest();
    assertThat(logged.line()).isEqualTo("POST /api/log");
    assertThat(logged.headers().getFirst("Content-Type")).isEqualTo("application/json");
    assertThat(logged.body())
        .isEqualTo("{\"service\":\"service2\",\"site\":\"qq\",\"connected\":" + connected + "}");
    callee.assertNothingLeft();
  }

  @Test
  void answersEvenWhenTheLogFails() {
    site.answers(200, "");
    callee.answers(500, "{\"connected\":false}");

    assertThat(Http.get(url("/api/check")).body()).isEqualTo("{\"connected\":true}");
  }

  @Test
  void answersEvenWhenTheLogHangs() {
    site.answers(200, "");
    callee.hangs();

    assertThat(Http.get(url("/api/check")).body()).isEqualTo("{\"connected\":true}");
  }

  @Test
  void answersEvenWhenTheLogIsDown() {
    site.answers(200, "");
    callee.close();

    HttpResponse<String> answer = Http.get(url("/api/check"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"connected\":true}");
  }
}
