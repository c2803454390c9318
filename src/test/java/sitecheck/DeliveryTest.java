package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sitecheck.contract.Check;
import sitecheck.contract.TraceContract;

/** A checker delivers an entry later if the log could not take it, as part of the same trace. */
class DeliveryTest {

  @RegisterExtension
  static final TraceContract traces =
      new TraceContract(Path.of("src/test/resources/entries"))
          .rules("/conventions/ours.csv")
          .without(Check.UNEXPLAINED_SPAN);

  private final Map<String, String> settings = Ports.settings();

  @Test
  void aLateDeliveryBelongsToTheTraceOfItsRequest() throws IOException {
    settings.put("sites", "stand-in");
    settings.put("delivery.delay", "60000"); // not before the checker has been stopped
    HttpResponse<String> answer;
    try (SiteCheck checker = start("service1", "sites")) {
      answer = Http.get(url("service1", "/api/check"));
      assertThat(answer.body()).isEqualTo("{\"connected\":true}");
      assertThat(Http.get(url("service1.management", "/observe/metrics")).body())
          .contains("log_entries_lost_total 0.0", "log_entries_waiting 1.0");
    }
    settings.put("delivery.delay", "1");
    try (SiteCheck log = start("log");
        SiteCheck checker = start("service1")) {
      assertKept(Trace.id(answer));
    }

    assertTree(answer, "delivered-later");
  }

  @Test
  void aLossIsSeenInTheTrace() throws Exception {
    settings.put("sites", "stand-in");
    HttpResponse<String> answer;
    try (SiteCheck checker = start("service1", "sites");
        Connection outbox =
            DriverManager.getConnection(
                "jdbc:sqlite:" + settings.get("data.folder") + "/service1.db");
        var statement = outbox.createStatement()) {
      statement.execute("drop table outbox");
      answer = Http.get(url("service1", "/api/check"));
      statement.execute("create table outbox (number integer)");
      assertThat(Http.get(url("service1.management", "/observe/metrics")).body())
          .contains("log_entries_lost_total 1.0", "log_entries_waiting 0.0");
    }

    assertThat(answer.body()).isEqualTo("{\"connected\":true}");
    assertTree(answer, "lost");
  }

  @Test
  void aLogThatKeepsFailingIsNotAskedForEachCheck() {
    settings.put("sites", "stand-in");
    settings.put("delivery.delay", "60000");
    settings.put("camel.resilience4j.minimum-number-of-calls", "2");
    try (Callee log = new Callee().answers(503, "")) {
      settings.put("log.port", String.valueOf(log.port()));
      try (SiteCheck checker = start("service1", "sites")) {
        for (int i = 0; i < 3; i++) {
          assertThat(Http.get(url("service1", "/api/check")).body())
              .isEqualTo("{\"connected\":true}");
        }
        assertThat(Http.get(url("service1.management", "/observe/metrics")).body())
            .contains("log_entries_waiting 3.0");
      }
      log.takeRequest();
      log.takeRequest();
      log.assertNothingLeft();
    }
  }

  @Test
  void anEntryThatTheLogRefusesIsKeptForAnOperator() throws Exception {
    settings.put("delivery.delay", "1");
    try (SiteCheck log = start("log");
        SiteCheck checker = start("service1");
        Connection outbox =
            DriverManager.getConnection(
                "jdbc:sqlite:" + settings.get("data.folder") + "/service1.db");
        var insert = outbox.prepareStatement("insert into outbox (entry) values (?)");
        var statement = outbox.createStatement()) {
      String entry =
          "{'id':'%s','service':'service1','site':'baidu','connected':false,'latency':1,'error':'%s',%s'time':'%s'}"
              .replace('\'', '"');
      String now = Instant.now().toString();
      for (String row :
          List.of(
              entry.formatted("nul", "a\\u0000b", "", now),
              entry.formatted("newer", "", "\"more\":1,", now),
              entry.formatted("large", "e".repeat(70_000), "", now),
              entry.formatted("good", "", "", now))) {
        insert.setString(1, row);
        insert.execute();
      }

      await()
          .untilAsserted(
              () ->
                  assertThat(
                          Http.get(url("service1.management", "/observe/metrics")).body().lines())
                      .contains("log_entries_waiting 0.0", "log_entries_refused 3.0"));
      assertThat(Http.get(url("log", "/api/log")).body()).contains("good").doesNotContain("next");
      var reasons = statement.executeQuery("select group_concat(reason) from refused");
      assertThat(reasons.getString(1))
          .contains("error must be text", "unknown field more", "\"status\":413");
    }
  }

  private void assertTree(HttpResponse<String> answer, String name) throws IOException {
    traces.naming(text -> Ports.named(settings, text));
    traces.verify(name, null, span -> span.traceId().equals(Trace.id(answer)));
    assertThat(Page.read("docs/log.md").text())
        .contains(Files.readString(Path.of("src/test/resources/entries", name + ".txt")));
  }

  private void assertKept(String traceId) {
    String query = url("log", "/api/log?traceId=" + traceId);
    await()
        .untilAsserted(
            () -> {
              JsonNode entries = Trace.json(Http.get(query).body()).get("entries");
              assertThat(entries.findValuesAsText("service")).containsExactly("service1");
            });
  }

  private SiteCheck start(String... services) {
    return Launcher.inThisJvm(List.of(services), settings);
  }

  private String url(String service, String path) {
    return "http://127.0.0.1:" + settings.get(service + ".port") + path;
  }
}
