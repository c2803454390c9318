package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import sitecheck.contract.TraceContract;

/**
 * Lets one checker or both misbehave, in sequence and in parallel. There is always an answer, which
 * contains the other checker's answer. The trace is complete and shows which leg failed and why,
 * and no call continues after the answer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailingLegTest {

  @RegisterExtension
  static final TraceContract traces = new TraceContract().rules("/conventions/ours.csv");

  /**
   * What a checker does, and the expected result.
   *
   * @param status the status of the whole answer
   * @param leg the error of the leg's span
   * @param call the status and the error of the call's span
   */
  private record Checker(Misbehaviour does, int status, String leg, String call) {
    boolean failed() {
      return status != 200;
    }
  }

  private static final Checker HEALTHY = new Checker(Misbehaviour.NONE, 200, "-", "200 -");

  private final Map<String, String> settings = Ports.settings();
  private SiteCheck system;

  @BeforeAll
  void start() {
    settings.put("connect.timeout", "400");
    settings.put("checker.timeout", "500");
    settings.put("answer.max", "10000");
    settings.put("requests.max", "1"); // a request that does not end would block the next
    settings.put("camel.resilience4j.minimum-number-of-calls", "1000");
    settings.put("camel.resilience4j.sliding-window-size", "1000");
    system = Launcher.inThisJvm(List.of("upstream"), settings);
  }

  @AfterAll
  void stop() {
    system.close();
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/sitecheck/legs.csv", delimiter = '|')
  void theOtherAnswerIsKeptAndTheTraceNamesTheFailure(
      String does, int status, String leg, String call) throws Exception {
    Misbehaviour misbehaviour =
        Misbehaviour.valueOf(does.toUpperCase(Locale.ROOT).replace(' ', '_'));
    Checker failing = new Checker(misbehaviour, status, leg, call);
    assertAnswer("/api/check-sites", failing, HEALTHY);
    assertAnswer("/api/check-sites", failing, failing);
    assertAnswer("/api/check-sites-v2", HEALTHY, failing);
    assertAnswer("/api/check-sites-v2", failing, failing);
  }

  private void assertAnswer(String path, Checker one, Checker two) throws Exception {
    int status = Math.max(one.status, two.status);
    HttpResponse<String> answer;
    try (Misbehaviour.Peer first = one.does.on(port("service1"));
        Misbehaviour.Peer second = two.does.on(port("service2"))) {
      answer = Http.get("http://127.0.0.1:" + port("upstream") + path);
      first.awaitGone();
      second.awaitGone();
    }

    traces.naming(text -> Ports.named(settings, text));
    String whole = error(String.valueOf(status)) + "route " + path.substring(5);
    String tree =
        line("GET " + path, "server", String.valueOf(status), whole)
            + leg("service1", one)
            + leg("service2", two);
    String id = Trace.id(answer);
    assertThat(traces.trees(span -> span.traceId().equals(id))).isEqualTo(tree);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body())
        .contains("\"baidu\":" + (one.failed() ? null : true))
        .contains("\"qq\":" + (two.failed() ? null : true))
        .contains("no answer from " + named(one, two) + "\"");
  }

  private static String named(Checker one, Checker two) {
    return Stream.of(one.failed() ? "service1" : "", two.failed() ? "service2" : "")
        .filter(name -> !name.isEmpty())
        .reduce((first, second) -> first + ", " + second)
        .orElseThrow();
  }

  private static String leg(String service, Checker checker) {
    String[] call = checker.call.split(" ", 2);
    String route = "route ask-" + service;
    String url = "http://" + service + "/api/check  ";
    return line("  " + service, "internal", "-", error(checker.leg) + event(checker.leg) + route)
        + line("    GET", "client", call[0], error(call[1]) + url + event(call[1]) + route);
  }

  private static String line(String name, String kind, String status, String remarks) {
    return "%-37s %-9s %-9s %-4s %s%n".formatted(name, "upstream", kind, status, remarks);
  }

  private static String error(String type) {
    return type.equals("-") ? "" : "ERROR " + type + "  ";
  }

  /** An error that is a status has no exception. */
  private static String event(String type) {
    return type.contains(".") ? "exception  " : "";
  }

  private int port(String service) {
    return Integer.parseInt(settings.get(service + ".port"));
  }
}
