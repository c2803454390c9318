package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Http;
import sitecheck.entries.Database;

/** The log on a SQLite file. {@link PostgresLogRouteTest} does the same on PostgreSQL. */
class LogRouteTest extends RouteTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PASSWORD = "a{{b}}c\\d${e}?nested=true&f=#g%20";

  LogRouteTest() {
    super("log");
    settings.setProperty("log.keep.interval", "100");
    settings.setProperty("log.db.password", PASSWORD);
  }

  /** It would delete old entries of other tests, beginning a second after the start. */
  @BeforeEach
  void keepOldEntries() throws Exception {
    context.getRouteController().stopRoute("forget");
  }

  @Test
  void keepsAnEntry() {
    Map<String, Object> entry = entry("site", "baidu", "latency", 151, "status", 204);

    HttpResponse<String> kept = post(entry);

    assertThat(kept.statusCode()).isEqualTo(201);
    assertThat(kept.body()).isEmpty();
    assertThat(found("")).isEqualTo(JSON.createArrayNode().add(JSON.valueToTree(entry)));
  }

  @Test
  void keepsWhyASiteDidNotAnswer() {
    Map<String, Object> entry = entry("connected", false, "error", "Connection refused");
    entry.remove("status");

    assertThat(post(entry).statusCode()).isEqualTo(201);
    assertThat(found("")).isEqualTo(JSON.createArrayNode().add(JSON.valueToTree(entry)));
  }

  @ParameterizedTest
  @CsvSource({
    "latency, 12.0, 12",
    "latency, 1e3, 1000",
    "status, 200.0, 200",
    "status, 100, 100",
    "status, 999, 999",
    "id, \"€\", \"€\""
  })
  void takesTheVariantsThatJsonLibrariesWrite(String field, String value, String kept)
      throws Exception {
    Map<String, Object> entry = entry("error", null);
    String body = JSON.valueToTree(entry).toString();
    String other =
        body.replaceFirst("\"%s\":[^,}]+".formatted(field), "\"" + field + "\":" + value);

    assertThat(Http.post(url("/api/log"), other).statusCode()).isEqualTo(201);
    assertThat(found("").get(0).get(field)).isEqualTo(JSON.readTree(kept));
    assertThat(found("").get(0).has("error")).isFalse();
  }

  @Test
  void keepsAnEntryOf64KilobytesAndNoneThatIsLarger() {
    Map<String, Object> entry = entry("connected", false, "error", "");
    entry.remove("status");
    String error = "e".repeat(65_536 - JSON.valueToTree(entry).toString().length());

    entry.put("error", error + "e");
    assertThat(post(entry).statusCode()).isEqualTo(413);
    entry.put("error", error);
    assertThat(post(entry).statusCode()).isEqualTo(201);
    assertThat(found("").findValuesAsText("error")).containsExactly(error);
  }

  @Test
  void keepsAnEntryOnceHoweverOftenItComes() {
    Map<String, Object> entry = entry("site", "first");
    post(entry);
    entry.put("site", "second");

    assertThat(post(entry).statusCode()).isEqualTo(201);
    assertThat(found("").findValuesAsText("site")).containsExactly("first");
  }

  @Test
  void keepsEachOfManyThatComeAtOnce() {
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Thread client =
          new Thread(
              () -> {
                for (int n = 0; n < 20; n++) {
                  assertThat(post(entry()).statusCode()).isEqualTo(201);
                }
              });
      client.start();
      clients.add(client);
    }
    clients.forEach(LogRouteTest::join);

    assertThat(found("?limit=1000")).hasSize(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'; drop table entry; --",
        "\" or \"\"=\"",
        "x') on conflict do nothing; delete from entry where ('1'='1",
        ":#id :?id ? # ${body} {{log.db.url}} \\ \r\n\t \u001b[31m",
        "€ 漢字 😀 \u202e"
      })
  void keepsAnyTextInAField(String text) throws Exception {
    Map<String, Object> entry =
        entry("id", text, "service", text, "site", text, "connected", false, "error", text);
    entry.remove("status");
    assertThat(post(entry).statusCode()).isEqualTo(201);
    assertThat(post(entry("site", "another")).statusCode()).isEqualTo(201);

    String query = "?site=" + URLEncoder.encode(text, StandardCharsets.UTF_8);
    assertThat(found(query)).isEqualTo(JSON.createArrayNode().add(JSON.valueToTree(entry)));
    assertThat(found("")).hasSize(2);
  }

  @Test
  void noHeaderOrParameterOfCamelIsAQuery() {
    post(entry("site", "baidu"));
    String delete = "delete from entry";

    HttpResponse<String> byHeader = Http.get(url("/api/log"), "CamelSqlQuery", delete);
    Http.post(url("/api/log"), "{}", "CamelSqlQuery", delete);

    assertThat(byHeader.statusCode()).isEqualTo(200);
    assertThat(Http.get(url("/api/log?CamelSqlQuery=delete%20from%20entry")).statusCode())
        .isEqualTo(400);
    assertThat(found("").findValuesAsText("site")).containsExactly("baidu");
  }

  @Test
  void findsTheLatestFirst() {
    keepAtSeconds(2, 1, 4, 3);

    assertThat(found("").findValuesAsText("site")).containsExactly("4", "3", "2", "1");
    assertThat(found("?limit=2").findValuesAsText("site")).containsExactly("4", "3");
  }

  @Test
  void findsAHundredUnlessToldOtherwise() {
    for (int i = 0; i < 101; i++) {
      post(entry());
    }

    assertThat(found("")).hasSize(100);
  }

  @Test
  void aCursorGoesOnWhereAPageEnded() throws Exception {
    keepAtSeconds(1, 1, 1, 2, 2); // several with the same time
    List<String> ids = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = JSON.readTree(Http.get(url("/api/log?limit=2" + cursor)).body());
      ids.addAll(page.get("entries").findValuesAsText("id"));
      cursor = page.has("next") ? "&cursor=" + page.get("next").asText() : null;
      post(entry("time", "2100-01-01T00:00:00Z")); // newer entries do not shift the pages
    } while (cursor != null);

    assertThat(ids).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void aPageOfLargeEntriesIsShorter() throws Exception {
    for (int i = 0; i < 70; i++) {
      Map<String, Object> entry = entry("connected", false, "error", "e".repeat(60_000));
      entry.remove("status");
      assertThat(post(entry).statusCode()).isEqualTo(201);
    }

    JsonNode page = JSON.readTree(Http.get(url("/api/log?limit=1000")).body());

    assertThat(page.get("entries")).hasSize(67);
    assertThat(found("?limit=1000&cursor=" + page.get("next").asText())).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"})
  void aCursorGoesOnAfterAnyTime(String time) throws Exception {
    post(entry("time", time));
    post(entry("time", time));

    JsonNode page = JSON.readTree(Http.get(url("/api/log?limit=1")).body());

    assertThat(found("?limit=1&cursor=" + page.get("next").asText())).hasSize(1);
  }

  @Test
  void refusesABodyThatIsNotUtf8() {
    byte[] body =
        JSON.valueToTree(entry("site", "é")).toString().getBytes(StandardCharsets.ISO_8859_1);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url("/api/log"))).POST(BodyPublishers.ofByteArray(body));

    HttpResponse<String> answer = Http.send(request, BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("the body is not UTF-8");
  }

  @Test
  void findsTheEntriesOfAQuery() {
    post(entry("site", "baidu", "connected", true, "time", "2026-01-01T00:00:00Z"));
    post(entry("site", "baidu", "connected", false, "time", "2026-01-02T00:00:00Z"));
    post(entry("site", "qq", "connected", false, "time", "2026-01-03T00:00:00Z"));

    assertThat(found("?site=baidu")).hasSize(2);
    assertThat(found("?site=baidu&connected=false").findValuesAsText("time"))
        .containsExactly("2026-01-02T00:00:00Z");
    assertThat(found("?since=2026-01-02T00:00:00Z")).hasSize(2);
    assertThat(found("?since=2026-01-02T00:00:00.001Z")).hasSize(1);
    assertThat(found("?traceId=0af7651916cd43dd8448eb211c80319c")).isEmpty();
    assertThat(found("?traceId=0AF7651916CD43DD8448EB211C80319C")).isEmpty();
  }

  @Test
  void refusesAParameterThatMakesNoSenseAndNamesIt() {
    for (String[] line : lines("bad-parameters.csv")) {
      assertRefused(Http.get(url("/api/log?" + line[0])), line[1]);
    }
  }

  @Test
  void refusesAnInvalidEntryAndNamesTheField() throws Exception {
    ObjectWriter ascii = JSON.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);
    for (String[] line : lines("bad-entries.csv")) {
      Map<String, Object> entry = entry();
      if (line[0].equals("without")) {
        entry.remove(line[1]);
      } else if (!line[0].equals("whole")) {
        entry.put(line[0], JSON.readTree(line[1]));
      }
      String body = line[0].equals("whole") ? line[1] : ascii.writeValueAsString(entry);
      assertRefused(Http.post(url("/api/log"), body), line[2]);
    }
    assertThat(found("")).isEmpty();
  }

  private static void assertRefused(HttpResponse<String> answer, String detail) {
    assertThat(answer.body()).contains("\"detail\":\"" + detail);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
  }

  private static List<String[]> lines(String file) {
    try {
      return Files.readAllLines(Path.of("src", "test", "resources", "entries", file)).stream()
          .map(line -> line.split("\\|"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void forgetsOldEntries() throws Exception {
    context.getRouteController().startRoute("forget");
    keepAtSeconds(now().minus(Duration.ofDays(7)), 100, 200, 300);
    keepAtSeconds(now().minus(Duration.ofDays(7)), -1, -2, -3);

    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(found("").findValuesAsText("site"))
                    .containsExactly("300", "200", "100"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void saysThatTheDatabaseIsNotAvailableNow(String method) throws Exception {
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      statement.execute("alter table entry rename to gone");
      HttpResponse<String> refused =
          method.equals("GET") ? Http.get(url("/api/log")) : post(entry());
      statement.execute("alter table gone rename to entry");

      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");
      assertThat(refused.body())
          .contains("the database is not available now")
          .doesNotContain("entry", "jdbc", "sql");
      assertThat(post(entry()).statusCode()).isEqualTo(201);
    }
  }

  private Connection connect() throws SQLException {
    String file = "jdbc:sqlite:" + settings.getProperty("data.folder") + "/log.db";
    String url = settings.getProperty("log.db.url", file);
    return DriverManager.getConnection(url, settings.getProperty("log.db.user"), "");
  }

  @Test
  void takesAPasswordAsItIs() {
    Database database = context.getRegistry().findSingleByType(Database.class);
    boolean isFile = database.getJdbcUrl().startsWith("jdbc:sqlite:"); // SQLite takes it as a key
    assertThat(database.getPassword()).isEqualTo(isFile ? null : PASSWORD);
  }

  @ParameterizedTest
  @CsvSource({
    "Content-Type: application/x-www-form-urlencoded, 415, with Content-Type: application/json",
    "Content-Type: multipart/form-data; boundary=a, 415, with Content-Type: application/json",
    "Content-Type: text/plain, 415, with Content-Type: application/json",
    "Content-Encoding: gzip, 415, the body must have no Content-Encoding",
    "Content-Type: application/json;charset=utf-8, 201, ''",
    "X-No: type, 201, ''"
  })
  void takesJsonAloneAndNamesTheInvalidHeader(String header, int status, String reason) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url("/api/log")))
            .headers(header.split(": ", 2))
            .POST(BodyPublishers.ofString(JSON.valueToTree(entry()).toString()));

    HttpResponse<String> answer = Http.send(request, BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).contains(reason);
  }

  @Test
  void takesATimeWithAnOffset() {
    post(entry("time", "2026-01-31T12:00:00+08:00"));

    assertThat(found("?since=2026-01-31T12:00:00+08:00").findValuesAsText("time"))
        .containsExactly("2026-01-31T04:00:00Z");
    assertThat(found("?since=2026-01-31T12:00:01%2B08:00")).isEmpty();
  }

  @Test
  void refusesNothingAtAll() {
    assertThat(Http.send("POST", url("/api/log")).statusCode()).isEqualTo(400);
  }

  @Test
  void refusesAnotherMethodAndNamesThoseThatThereAre() {
    HttpResponse<String> answer = Http.send("DELETE", url("/api/log"));

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, POST, OPTIONS");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).contains("this path takes GET, HEAD, POST");
  }

  private void keepAtSeconds(int... seconds) {
    keepAtSeconds(now().minus(Duration.ofHours(1)), seconds);
  }

  private void keepAtSeconds(Instant start, int... seconds) {
    for (int second : seconds) {
      post(entry("site", String.valueOf(second), "time", start.plusSeconds(second).toString()));
    }
  }

  /** A valid entry, except for the given fields. */
  private static Map<String, Object> entry(Object... fields) {
    Map<String, Object> entry = new TreeMap<>();
    entry.put("id", UUID.randomUUID().toString());
    entry.put("service", "service1");
    entry.put("site", "baidu");
    entry.put("connected", true);
    entry.put("latency", 1);
    entry.put("status", 200);
    entry.put("time", now().toString());
    for (int i = 0; i < fields.length; i += 2) {
      entry.put((String) fields[i], fields[i + 1]);
    }
    return entry;
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS);
  }

  private HttpResponse<String> post(Map<String, Object> entry) {
    return Http.post(url("/api/log"), JSON.valueToTree(entry).toString());
  }

  private JsonNode found(String query) {
    try {
      return JSON.readTree(Http.get(url("/api/log" + query)).body()).get("entries");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
