package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.support.ScheduledPollConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Callee;
import sitecheck.Http;
import sitecheck.entries.Delivery;

class CheckerRouteTest extends RouteTest {

  private final Set<Thread> before = Thread.getAllStackTraces().keySet();
  private final Callee site = new Callee();

  CheckerRouteTest() {
    super("service2");
    settings.setProperty("site.qq.url", "http://127.0.0.1:" + site.port() + "/a%2Fb%3Fc%2Bd");
    settings.setProperty("site.timeout", "1000");
    settings.setProperty("delivery.delay", "50");
    settings.setProperty("delivery.backoff", "1");
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

    assertAnswered(connected, "\"status\":" + status);
    assertThat(site.takeRequest().line()).isEqualTo("HEAD /a%2Fb%3Fc%2Bd");
    site.assertNothingLeft();
  }

  @Test
  void aSiteThatCannotBeReachedIsAnAnswer() {
    site.close();

    assertAnswered(false, "\"error\":\"[^\"]+\"");
  }

  @Test
  void aSiteThatTakesTooLongIsAnAnswer() {
    site.hangs();

    assertAnswered(false, "\"error\":\"[^\"]+\"");
  }

  private void assertAnswered(boolean connected, String outcome) {
    callee.answers(201, "");

    HttpResponse<String> answer = Http.get(url("/api/check"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body()).isEqualTo("{\"connected\":" + connected + "}");
    Callee.Request logged = callee.takeRequest();
    assertThat(logged.line()).isEqualTo("POST /api/log");
    assertThat(logged.headers().getFirst("Content-Type")).isEqualTo("application/json");
    assertThat(logged.body())
        .matches(
            "\\{\"id\":\"[0-9A-F-]{32}\",\"service\":\"service2\",\"site\":\"qq\",\"connected\":%s,\"latency\":\\d+,%s,\"time\":\"[\\d-]+T[\\d:]+\\.\\d{3}Z\"}"
                .formatted(connected, outcome));
    callee.assertNothingLeft();
  }

  @Test
  void theIdsOfEntriesFollowOneAnother() {
    callee.answers(201, "");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Http.get(url("/api/check"));
      ids.add(callee.takeRequest().body().replaceFirst(".*\"id\":\"([^\"]+)\".*", "$1"));
    }

    assertThat(ids).isSorted().doesNotHaveDuplicates();
    assertThat(ids).allMatch(id -> id.startsWith(ids.get(0).substring(0, 16)));
  }

  @Test
  void refusesAnotherMethod() {
    assertThat(Http.post(url("/api/check"), "{}").statusCode()).isEqualTo(405);
    site.assertNothingLeft();
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 429, 500})
  void anEntryThatTheLogFailsToTakeIsDeliveredLater(int status) {
    callee.answers(status, "{\"connected\":false}");

    assertDeliveredLater();
  }

  @Test
  void anEntryThatTheLogDoesNotAnswerIsDeliveredLater() {
    callee.hangs();

    assertDeliveredLater();
  }

  private void assertDeliveredLater() {
    assertAnsweredWithoutTheLog();
    Callee.Request failed = takeEntry();
    callee.answers(201, "");
    Callee.Request delivery = takeEntry();

    assertThat(delivery.line()).isEqualTo("POST /api/log");
    assertThat(delivery.headers().getFirst("Content-Type")).isEqualTo("application/json");
    assertThat(delivery.body()).isEqualTo(failed.body());
    await().untilAsserted(() -> assertThat(outbox("select count(*) from outbox")).isZero());
  }

  @Test
  void theLogGetsAllInTurnWhenItIsBack() {
    callee.answers(503, "");
    for (int i = 0; i < 10; i++) {
      assertAnsweredWithoutTheLog();
    }
    Set<String> failed = new LinkedHashSet<>();
    while (failed.size() < 10) {
      failed.add(takeEntry().body());
    }
    callee.answers(201, "");

    Set<String> delivered = new LinkedHashSet<>();
    while (delivered.size() < 10) {
      delivered.add(takeEntry().body());
    }
    assertThat(delivered).containsExactlyElementsOf(failed);
  }

  @Test
  void anUndeliveredEntryIsOnTheDiskBeforeTheAnswer() throws Exception {
    callee.close();

    assertAnsweredWithoutTheLog();

    assertThat(outbox("select count(*) from outbox")).isOne();
  }

  @Test
  void answersEvenWhenNothingCanBeKept() throws Exception {
    outbox("drop table outbox");
    callee.close();

    assertAnsweredWithoutTheLog();
  }

  @Test
  void anEntryThatTheLogRefusesIsKeptAndHoldsUpNoOther() throws Exception {
    callee.answers(
        request -> {
          List<Callee.Request> requests = callee.requests();
          String entry = requests.get(requests.size() - 1).body();
          Callee.send(request, entry.equals("b") ? 400 : 201, "no such field");
        });
    outbox("insert into outbox (entry) values ('a'), ('b'), ('c')");

    await().untilAsserted(() -> assertThat(outbox("select count(*) from outbox")).isZero());
    assertThat(outbox("select count(*) from refused")).isOne();
    assertThat(
            outbox("select count(*) from refused where entry = 'b' and reason = 'no such field'"))
        .isOne();
    assertThat(callee.requests())
        .extracting(Callee.Request::body)
        .filteredOn(body -> !body.isEmpty())
        .containsExactly("a", "b", "c");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 204})
  void anEntryThatTheLogHasTakenIsDeliveredOnce(int status) throws Exception {
    callee.answers(status, "");
    assertAnsweredWithoutTheLog();

    assertThat(outbox("select count(*) from outbox")).isZero();
    outbox("insert into outbox (entry) values ('late')");
    await().untilAsserted(() -> assertThat(outbox("select count(*) from outbox")).isZero());
    assertThat(outbox("select count(*) from refused")).isZero();
    assertThat(callee.requests())
        .extracting(Callee.Request::body)
        .filteredOn(body -> !body.isEmpty())
        .hasSize(2)
        .contains("late");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 413, 422})
  void aLogThatRefusesEntriesStillGetsCalls(int status) throws Exception {
    callee.answers(status, "");
    for (int i = 0; i < 5; i++) {
      assertAnsweredWithoutTheLog();
    }

    await().untilAsserted(() -> assertThat(outbox("select count(*) from refused")).isEqualTo(5));
    assertThat(callee.requests())
        .filteredOn(request -> request.line().startsWith("POST"))
        .as("each at once, and once more")
        .hasSize(10);
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 400, 503})
  void theAnswerHasNothingOfTheLogsOrTheSites(int status) {
    site.answers(request -> sendToTryAgain(request, 503));
    callee.answers(request -> sendToTryAgain(request, status));

    HttpResponse<String> answer = Http.get(url("/api/check"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Retry-After")).isEmpty();
  }

  private static void sendToTryAgain(HttpExchange request, int status) throws IOException {
    request.getResponseHeaders().set("Retry-After", "7");
    Callee.send(request, status, "");
  }

  @Test
  void theOutboxIsOpenedOnce() {
    await().untilAsserted(() -> assertThat(pools()).hasSize(1));
  }

  /** Each connection pool has a housekeeper thread. Those of failed starts in this JVM stay. */
  private Set<Thread> pools() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(thread -> !thread.getName().endsWith(":housekeeper"));
    threads.removeAll(before);
    return threads;
  }

  @Test
  void aStopDoesNotWaitUntilTheOutboxIsEmpty() throws Exception {
    CountDownLatch stopping = new CountDownLatch(1);
    callee.answers(
        request -> {
          if (request.getRequestMethod().equals("POST")) {
            stopping.await();
          }
          Callee.send(request, 201, "");
        });
    outbox(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)"
            + " insert into outbox (entry) select '{}' from n");
    takeEntry(); // a delivery is on its way
    CompletableFuture<Void> stop = CompletableFuture.runAsync(context::suspend);
    await().until(context::isSuspending);
    stopping.countDown();
    stop.join();

    assertThat(outbox("select count(*) from outbox")).isBetween(200, 299);
  }

  /** Runs a statement on the outbox; returns its first number, or null if it is not a query. */
  private Integer outbox(String query) throws SQLException {
    Path file = Path.of(settings.getProperty("data.folder"), "service2.db");
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement()) {
      return statement.execute(query) ? statement.getResultSet().getInt(1) : null;
    }
  }

  /**
   * The next entry that the log gets. Before a delivery the checker asks whether the log answers.
   */
  private Callee.Request takeEntry() {
    Callee.Request request = callee.takeRequest();
    return request.line().startsWith("POST") ? request : takeEntry();
  }

  @Test
  void aLogThatDoesNotAnswerGetsNoDelivery() {
    callee.answers(503, "");
    assertAnsweredWithoutTheLog();
    takeEntry();

    for (int i = 0; i < 3; i++) {
      Callee.Request question = callee.takeRequest();
      assertThat(question.line()).isEqualTo("GET /api/log?limit=1");
      assertThat(question.headers().getFirst("traceparent")).endsWith("-00");
    }
  }

  @Test
  void aLogThatStallsWithinItsAnswerIsAskedAgain() {
    callee.answers(503, "");
    assertAnsweredWithoutTheLog();
    takeEntry();
    callee.answers(
        request -> {
          request.sendResponseHeaders(200, 10);
          request.getResponseBody().flush(); // and nothing more
        });

    for (int i = 0; i < 3; i++) {
      assertThat(callee.takeRequest().line()).isEqualTo("GET /api/log?limit=1");
    }
  }

  /** Such as on a full disk. The log has the entry; each further delivery would be the same. */
  @Test
  void aDeliveryThatCannotBeDeletedIsAFailedPoll() throws Exception {
    callee.answers(201, "");
    outbox(
        "create trigger full before delete on outbox begin select raise(fail, 'on purpose'); end");
    outbox("insert into outbox (entry) values ('a')");
    var poll = (ScheduledPollConsumer) context.getRoute("deliver").getConsumer();
    long first = poll.getCounter();

    await().until(() -> poll.getCounter() - first >= 5); // a greedy poll would never end

    assertThat(callee.requests())
        .filteredOn(request -> request.line().startsWith("POST"))
        .hasSizeLessThanOrEqualTo((int) (poll.getCounter() - first + 1));
  }

  /** Else an entry that comes between question and poll would go to a log that may be down. */
  @Test
  void anEmptyOutboxIsNotPolled() {
    Delivery strategy = context.getRegistry().findSingleByType(Delivery.class);

    assertThat(strategy.begin(null, null)).isFalse();
  }

  private void assertAnsweredWithoutTheLog() {
    site.answers(200, "");

    HttpResponse<String> answer = Http.get(url("/api/check"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body()).isEqualTo("{\"connected\":true}");
  }

  @Test
  void aFaultIsJsonAndARefusalNamesTheMissingField() {
    assertFaultIsJson("{\"fault\":\"none\"}");
  }
}
