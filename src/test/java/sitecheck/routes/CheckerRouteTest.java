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
    super("service2", "checker.camel.yaml");
    settings.setProperty("site.qq.url", "http://127.0.0.1:" + site.port() + "/some/page");
    settings.setProperty("site.timeout", "1000");
    settings.setProperty("log.timeout", "1000");
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
    site.answers(
        request -> {
          request.getResponseHeaders().set("Location", "/elsewhere");
          Callee.send(request, status, "");
        });

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
  void refusesAnotherMethod() {
    assertThat(Http.post(url("/api/check"), "{}").statusCode()).isEqualTo(405);
    site.assertNothingLeft();
  }

  @Test
  void answersEvenWhenTheLogFails() {
    callee.answers(500, "{\"connected\":false}");

    assertAnsweredWithoutTheLog();
  }

  @Test
  void answersEvenWhenTheLogHangs() {
    callee.hangs();

    assertAnsweredWithoutTheLog();
  }

  @Test
  void answersEvenWhenTheLogIsDown() {
    callee.close();

    assertAnsweredWithoutTheLog();
  }

  private void assertAnsweredWithoutTheLog() {
    site.answers(200, "");

    HttpResponse<String> answer = Http.get(url("/api/check"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body()).isEqualTo("{\"connected\":true}");
  }
}
