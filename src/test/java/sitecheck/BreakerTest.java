package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sitecheck.contract.Check;
import sitecheck.contract.TraceContract;

/** A checker that keeps failing is skipped, then tried again; the other's answer is kept. */
class BreakerTest {

  @RegisterExtension
  static final TraceContract traces = new TraceContract().without(Check.UNEXPLAINED_SPAN);

  private static final String CONNECTED = "{\"connected\":true}";

  private final Map<String, String> settings = Ports.settings();
  private final Callee service1 = new Callee();
  private final Callee service2 = new Callee().answers(200, CONNECTED);
  private SiteCheck system;

  private void start(int secondsOpen) {
    settings.put("service1.port", String.valueOf(service1.port()));
    settings.put("service2.port", String.valueOf(service2.port()));
    settings.put("camel.resilience4j.sliding-window-size", "2");
    settings.put("camel.resilience4j.minimum-number-of-calls", "2");
    settings.put("camel.resilience4j.permitted-number-of-calls-in-half-open-state", "1");
    settings.put("camel.resilience4j.wait-duration-in-open-state", String.valueOf(secondsOpen));
    system = Launcher.inThisJvm(List.of("upstream"), settings);
    service1.answers(500, "");
    ask(502);
    ask(502);
    service1.takeRequest();
    service1.takeRequest();
  }

  @AfterEach
  void stop() {
    system.close();
    service1.close();
    service2.close();
  }

  @Test
  void aCheckerThatKeepsFailingIsNotAskedAndTheTraceSaysWhy() {
    start(3600);

    HttpResponse<String> answer = ask(502);

    assertThat(answer.body()).contains("no answer from service1\"", "\"baidu\":null,\"qq\":true");
    service1.assertNothingLeft();
    assertTrace(
        answer,
        """
        GET /api/check-sites upstream server 502 ERROR 502 route check-sites
          service1 upstream internal - ERROR io.github.resilience4j.circuitbreaker.CallNotPermittedException exception route ask-service1
          service2 upstream internal - route ask-service2
            GET upstream client 200 http://service2/api/check route ask-service2
        """);
  }

  @Test
  void itIsTriedAgainAndAskedAsBeforeWhenItAnswers() {
    start(1);
    await()
        .untilAsserted(
            () -> {
              ask(502);
              assertThat(service1.wasAsked()).as("half open").isTrue();
            });
    service1.answers(200, CONNECTED);
    await().until(() -> get().statusCode() == 200);

    assertTrace(
        ask(200),
        """
        GET /api/check-sites upstream server 200 route check-sites
          service1 upstream internal - route ask-service1
            GET upstream client 200 http://service1/api/check route ask-service1
          service2 upstream internal - route ask-service2
            GET upstream client 200 http://service2/api/check route ask-service2
        """);
  }

  private HttpResponse<String> get() {
    return Http.get("http://127.0.0.1:" + settings.get("upstream.port") + "/api/check-sites");
  }

  private HttpResponse<String> ask(int status) {
    HttpResponse<String> answer = get();
    assertThat(answer.statusCode()).isEqualTo(status);
    return answer;
  }

  private void assertTrace(HttpResponse<String> answer, String tree) {
    traces.naming(text -> Ports.named(settings, text));
    String id = Trace.id(answer);
    assertThat(traces.trees(span -> span.traceId().equals(id)).replaceAll("(?<=\\S) +", " "))
        .isEqualTo(tree);
  }
}
