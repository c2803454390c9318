package sitecheck.tracestore;

import static org.assertj.core.api.Assertions.assertThat;
import static sitecheck.tracestore.StoreClient.JSON;
import static sitecheck.tracestore.StoreClient.resource;
import static sitecheck.tracestore.StoreClient.text;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The expected answers and statuses are those of Zipkin's own server 3.6.1 for the same spans,
 * except that it refuses an empty or huge limit. The error messages here are clearer.
 */
class ZipkinApiTest {
  private static final String TRACE = "5b8efff798038103d269b633813fc60c";
  private static final String OTHER = "5b8efff798038103d269b633813fc60d";

  private static StoreClient client;

  @BeforeAll
  static void start() {
    client = new StoreClient();
    client.post(JSON, resource("five-services.otlp.json"));
    // A failed span, ten minutes later.
    client.post(
        JSON,
        """
        {"resourceSpans": [{
          "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "main"}}]},
          "scopeSpans": [{"spans": [{
            "traceId": "%s", "spanId": "000000000000000a", "name": "GET /headers", "kind": 3,
            "startTimeUnixNano": "1767226200000000000", "endTimeUnixNano": "1767226200050000000",
            "status": {"code": 2, "message": "HTTP 503"},
            "attributes": [{"key": "server.address", "value": {"stringValue": "httpbin.org"}}]
          }]}]}]}
        """
            .formatted(OTHER)
            .getBytes(StandardCharsets.UTF_8));
  }

  @AfterAll
  static void stop() {
    client.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "services | [\"log\",\"main\",\"service1\",\"service2\",\"upstream\"]",
        "spans?serviceName=service1 | [\"get /api/check\",\"head\",\"post\"]",
        "spans?serviceName=SERVICE1 | [\"get /api/check\",\"head\",\"post\"]",
        "spans?serviceName=nobody | []",
        "spans?serviceName= | []",
        "remoteServices?serviceName=main | [\"httpbin.org\"]",
        "remoteServices?serviceName=upstream | []",
        "autocompleteKeys | []",
      })
  void listsNamesInOrder(String query, String names) {
    for (String base : new String[] {"/api/v2/", "/zipkin/api/v2/"}) {
      HttpResponse<byte[]> response = client.get(base + query);

      assertThat(text(response)).isEqualTo(names);
      assertThat(response.headers().firstValue("Content-Type"))
          .hasValue("application/json; charset=utf-8");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                       | DC",
        "limit=1                                | D",
        "serviceName=main                       | DC",
        "serviceName=log                        | C",
        "serviceName=MAIN&spanName=get          | C",
        "serviceName=main&spanName=all          | DC",
        "serviceName=main&spanName=get /headers | D",
        "remoteServiceName=httpbin.org          | D",
        "annotationQuery=error                  | D",
        "annotationQuery=error=HTTP 503         | D",
        "annotationQuery=http.route=/api/log    | C",
        "annotationQuery=error and http.route   | ''",
        "minDuration=100000                     | C",
        "minDuration=1&maxDuration=60000        | DC",
        "minDuration=40000&maxDuration=60000    | D",
        "limit=99999999999                      | DC",
        "limit=                                 | DC",
      })
  void findsTracesNewestFirst(String query, String found) {
    String parameters = query == null ? "" : query.replace(" ", "%20") + "&";

    assertThat(tracesFound(parameters + "endTs=1767226300000&lookback=86400000")).isEqualTo(found);
  }

  @Test
  void findsTracesThatBeganWithinTheLookbackBeforeTheEnd() {
    assertThat(tracesFound("endTs=1767225700000&lookback=100000")).isEqualTo("C");
    assertThat(tracesFound("endTs=1767225700000&lookback=99000")).isEqualTo("");
    assertThat(tracesFound("endTs=1767226300000&lookback=100000")).isEqualTo("D");
  }

  @Test
  void looksBackADayFromNow() {
    assertThat(text(client.get("/api/v2/traces"))).isEqualTo("[]");
  }

  @Test
  void givesOneTrace() {
    assertThat(new JsonArray(text(client.get("/api/v2/trace/" + TRACE)))).hasSize(13);
  }

  @Test
  void tellsTracesApartByTheUpperHalfOfTheirIds() {
    assertThat(client.get("/api/v2/trace/0" + TRACE.substring(1)).statusCode()).isEqualTo(404);
    assertThat(client.get("/api/v2/trace/" + TRACE.substring(16)).statusCode()).isEqualTo(404);
  }

  @Test
  void drawsTheGraphOfTheFiveServicesAndNothingElse() {
    assertThat(text(client.get("/api/v2/dependencies?endTs=1767225700000")))
        .isEqualTo(
            """
            [{"parent":"main","child":"upstream","callCount":1},\
            {"parent":"upstream","child":"service1","callCount":1},\
            {"parent":"upstream","child":"service2","callCount":1},\
            {"parent":"service1","child":"log","callCount":1},\
            {"parent":"service2","child":"log","callCount":1}]""");
  }

  @Test
  void countsTheErrorsOfADependency() {
    assertThat(text(client.get("/api/v2/dependencies?endTs=1767226300000&lookback=100000")))
        .isEqualTo(
            "[{\"parent\":\"main\",\"child\":\"httpbin.org\",\"callCount\":1,\"errorCount\":1}]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spans | serviceName is required",
        "remoteServices | serviceName is required",
        "dependencies | endTs is required",
        "dependencies?endTs= | endTs is required",
        "dependencies?endTs=0 | endTs <= 0",
        "dependencies?endTs=1&lookback=0 | lookback <= 0",
        "traces?limit=0 | limit must be at least 1",
        "traces?limit=-99999999999 | limit must be at least 1",
        "traces?limit=abc | limit must be a whole number, not abc",
        "traces?endTs=0 | endTs <= 0",
        "traces?lookback=1.5 | lookback must be a whole number, not 1.5",
        "traces?maxDuration=5 | maxDuration is only valid with minDuration",
        "traces?minDuration=5&maxDuration=4 | maxDuration < minDuration",
        "trace/xyz | xyz should be lower-hex encoded with no prefix",
        "trace/000 | traceId is all zeros",
      })
  void refusesBadParametersAndSaysWhy(String query, String reason) {
    HttpResponse<byte[]> response = client.get("/api/v2/" + query);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(new JsonObject(text(response)).getString("detail")).isEqualTo(reason);
  }

  @Test
  void doesNotFindAnUnknownTrace() {
    HttpResponse<byte[]> response = client.get("/api/v2/trace/abc");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(new JsonObject(text(response)).getString("detail"))
        .isEqualTo("0000000000000abc not found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/api/v2/nope", "/api/v2/trace/a/b", "/api/v1/services", "/api/v3/services"})
  void knowsNoOtherQueries(String path) {
    assertThat(client.get(path).statusCode()).isEqualTo(404);
  }

  /** The last digits of the trace ids found. */
  private static String tracesFound(String query) {
    StringBuilder found = new StringBuilder();
    JsonArray traces = new JsonArray(text(client.get("/api/v2/traces?" + query)));
    for (int i = 0; i < traces.size(); i++) {
      String traceId = traces.getJsonArray(i).getJsonObject(0).getString("traceId");
      found.append(traceId.substring(31).toUpperCase(Locale.ROOT));
    }
    return found.toString();
  }
}
