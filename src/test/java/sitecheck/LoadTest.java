package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All admitted requests are processed at the same time, and one more is rejected. */
class LoadTest {

  private final Map<String, String> settings = Ports.settings();
  private final Callee site = new Callee();
  private final ExecutorService clients = Executors.newCachedThreadPool();
  private SiteCheck system;

  private void start() {
    settings.put("traces.port", String.valueOf(Ports.free()));
    for (String name : List.of("baidu", "qq")) {
      settings.put("site." + name + ".url", "http://127.0.0.1:" + site.port());
    }
    // If a test hangs, it should fail at an assertion.
    for (String called : List.of("connect", "site", "log", "checker", "check-sites", "upstream")) {
      settings.put(called + ".timeout", "20000");
    }
    system = Launcher.inThisJvm(List.of(), settings);
  }

  @AfterEach
  void stop() {
    system.close();
    site.close();
    clients.shutdownNow();
  }

  private String url(String path) {
    return "http://127.0.0.1:" + settings.get("main.port") + path;
  }

  private CompletableFuture<HttpResponse<String>> ask(String path) {
    return CompletableFuture.supplyAsync(() -> Http.get(url(path)), clients);
  }

  /** No site answers before all calls have arrived: if one waits for another, it is too late. */
  @ParameterizedTest
  @CsvSource({"/check-sites-v2, 100, 200", "/check-baidu, 100, 100"})
  void allThatAreLetInAreCheckedAtTheSameTime(String path, int requests, int checks) {
    CountDownLatch asked = new CountDownLatch(checks);
    site.answers(
        request -> {
          asked.countDown();
          asked.await();
          Callee.send(request, 200, "");
        });
    settings.put("requests.max", String.valueOf(requests));
    start();

    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      answers.add(ask(path));
    }

    assertThat(answers)
        .extracting(CompletableFuture::join)
        .extracting(HttpResponse::body)
        .containsOnly(
            path.equals("/check-baidu") ? "{\"connected\":true}" : "{\"baidu\":true,\"qq\":true}");
  }

  @Test
  void oneMoreIsTurnedAwayAtOnceUntilAnotherIsAnswered() {
    CountDownLatch release = new CountDownLatch(1);
    site.answersAfter(release);
    settings.put("requests.max", "2");
    start();
    List<CompletableFuture<HttpResponse<String>>> letIn =
        List.of(ask("/check-baidu"), ask("/check-baidu"));
    site.takeRequest();
    site.takeRequest();

    HttpResponse<String> turnedAway = Http.get(url("/check-sites"));

    assertThat(turnedAway.statusCode()).isEqualTo(503);
    assertThat(turnedAway.headers().firstValue("Retry-After")).contains("1");
    assertThat(turnedAway.headers().firstValue("Content-Type"))
        .contains("application/problem+json");
    assertThat(turnedAway.body()).contains("\"status\":503");
    release.countDown();
    assertThat(letIn)
        .extracting(CompletableFuture::join)
        .extracting(HttpResponse::statusCode)
        .containsOnly(200);
    assertThat(Http.get(url("/check-sites")).statusCode()).isEqualTo(200);
  }

  @Test
  void aClientThatIsGoneKeepsItsPlaceUntilItsRequestIsDone() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    site.answersAfter(release);
    settings.put("requests.max", "1");
    start();
    try (Socket client = new Socket("127.0.0.1", Integer.parseInt(settings.get("main.port")))) {
      client
          .getOutputStream()
          .write(
              "GET /check-baidu HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      site.takeRequest();
    }

    assertThat(Http.get(url("/")).statusCode()).isEqualTo(503);
    release.countDown();
    await().until(() -> Http.get(url("/")).statusCode() == 200);
  }
}
