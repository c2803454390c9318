package sitecheck.tracestore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static sitecheck.tracestore.StoreClient.JSON;
import static sitecheck.tracestore.StoreClient.PROTOBUF;
import static sitecheck.tracestore.StoreClient.bytes;
import static sitecheck.tracestore.StoreClient.resource;
import static sitecheck.tracestore.StoreClient.span;
import static sitecheck.tracestore.StoreClient.text;

import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JaegerApiTest {
  private static final String TRACE = "5b8efff798038103d269b633813fc60c";
  private static final String OTHER = "5b8efff798038103d269b633813fc60d";
  private static final String ID = "eee19b7ec3c1b174";

  private StoreClient client;

  @BeforeEach
  void start() {
    client = new StoreClient();
  }

  @AfterEach
  void stop() {
    client.close();
  }

  @Test
  void givesATraceAsItCame() {
    JsonObject sent = new JsonObject(new String(resource("five-services.otlp.json")));
    client.post(JSON, resource("five-services.otlp.json"));

    HttpResponse<byte[]> answer = client.get("/api/v3/traces/" + TRACE);

    assertThat(answer.headers().firstValue("Content-Type"))
        .hasValue("application/json; charset=utf-8");
    assertThat(new JsonObject(text(answer)).getJsonObject("result")).isEqualTo(sent);
  }

  @Test
  void returnsSpansSentAsProtobufInJsonWithHexIds() {
    Span span =
        span(TRACE, ID, "00000000000000ab").toBuilder()
            .setName("GET /Check")
            .setKind(Span.SpanKind.SPAN_KIND_SERVER)
            .setStatus(
                Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR).setMessage("no"))
            .addAttributes(
                KeyValue.newBuilder()
                    .setKey("http.response.status_code")
                    .setValue(AnyValue.newBuilder().setIntValue(500)))
            .addEvents(Span.Event.newBuilder().setName("exception").setTimeUnixNano(2))
            .build();
    client.post(PROTOBUF, StoreClient.request(span).toByteArray());

    assertThat(spans(client.get("/api/v3/traces/" + TRACE)))
        .containsExactly(
            new JsonObject(
                """
                {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
                 "parentSpanId": "00000000000000ab", "name": "GET /Check", "kind": 2,
                 "startTimeUnixNano": "1", "status": {"code": 2, "message": "no"},
                 "attributes": [{"key": "http.response.status_code", "value": {"intValue": "500"}}],
                 "events": [{"timeUnixNano": "2", "name": "exception"}]}
                """));
  }

  @ParameterizedTest
  @ValueSource(strings = {PROTOBUF, JSON})
  void givesTheIdsOfLinksAsHexHoweverTheyCame(String contentType) throws Exception {
    Span.Link link = Span.Link.newBuilder().setTraceId(bytes(OTHER)).setSpanId(bytes(ID)).build();
    ExportTraceServiceRequest request =
        StoreClient.request(span(TRACE, ID, "").toBuilder().addLinks(link).build());
    byte[] body =
        contentType.equals(PROTOBUF)
            ? request.toByteArray()
            : Otlp.writeJson(request).getBytes(UTF_8);
    client.post(contentType, body);

    assertThat(spans(client.get("/api/v3/traces/" + TRACE)).get(0).getJsonArray("links"))
        .isEqualTo(new JsonArray().add(new JsonObject().put("traceId", OTHER).put("spanId", ID)));
  }

  @ParameterizedTest
  @ValueSource(strings = {PROTOBUF, JSON})
  void leavesATextAsItIsThatLooksLikeAnId(String contentType) throws Exception {
    String text = "{\"traceId\":\"00ff\", \\\"spanId\\\":\\\"00ff\"";
    ExportTraceServiceRequest request =
        StoreClient.request(span(TRACE, ID, "").toBuilder().setName(text).build());
    byte[] body =
        contentType.equals(PROTOBUF)
            ? request.toByteArray()
            : Otlp.writeJson(request).getBytes(UTF_8);
    client.post(contentType, body);

    assertThat(spans(client.get("/api/v3/traces/" + TRACE)).get(0).getString("name"))
        .isEqualTo(text);
  }

  @Test
  void joinsThePartsOfATraceThatArriveAtDifferentTimes() {
    client.post(PROTOBUF, StoreClient.request(span(TRACE, ID, "")).toByteArray());
    client.post(
        PROTOBUF,
        StoreClient.request(span(TRACE, "00000000000000ab", ID), span(OTHER, ID, ""))
            .toByteArray());

    assertThat(spans(client.get("/api/v3/traces/" + TRACE)))
        .extracting(span -> span.getString("spanId"))
        .containsExactly(ID, "00000000000000ab");
  }

  @Test
  void leavesOutRefusedSpans() {
    Span noId = span(TRACE, ID, "").toBuilder().setSpanId(bytes("00")).build();
    client.post(PROTOBUF, StoreClient.request(noId).toByteArray());

    assertThat(client.get("/api/v3/traces/" + TRACE).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "query.service_name=main&MINUTE                    | cba",
        "MINUTE                                            | cba",
        "query.service_name=log&MINUTE                     | b",
        "query.service_name=nobody&MINUTE                  | ''",
        "query.service_name=main&MINUTE&query.num_traces=2 | cb",
        "query.serviceName=main&query.startTimeMin=2026-01-01T00:00:00Z&query.startTimeMax="
            + "2026-01-01T00:01:00Z&query.searchDepth=2 | cb",
        "query.start_time_min=2026-01-01T00:00:02Z&query.start_time_max=2026-01-01T00:00:03Z | cb",
        "query.start_time_min=2026-01-01T00:00:00Z&query.start_time_max=2026-01-01T00:00:01.5Z | a",
      })
  void findsTracesNewestFirst(String query, String found) {
    send('a', 1, "main");
    send('b', 2, "main", "log");
    send('c', 3, "main");
    String minute =
        "query.start_time_min=2026-01-01T00:00:00Z&query.start_time_max=2026-01-01T00:01:00Z";

    HttpResponse<byte[]> answer =
        client.get("/api/v3/traces?" + query.replace("MINUTE", minute).strip());

    assertThat(answer.statusCode()).isEqualTo(found.isEmpty() ? 404 : 200);
    StringBuilder last = new StringBuilder();
    if (!found.isEmpty()) {
      spans(answer).stream()
          .map(span -> span.getString("traceId").substring(31))
          .distinct()
          .forEach(last::append);
    }
    assertThat(last).hasToString(found);
  }

  @Test
  void letsTheOldestTracesGoWhenItIsFull() {
    client.close();
    client = new StoreClient("traces.spans.max", "2");
    send('a', 1, "main", "log");
    send('b', 2, "main");

    assertThat(client.get("/api/v3/traces/" + id('a')).statusCode()).isEqualTo(404);
    assertThat(client.get("/api/v3/traces/" + id('b')).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/xyz | 400 | xyz should be lower-hex encoded with no prefix",
        "/5b8efff798038103d269b633813fc60c | 404 | 5b8efff798038103d269b633813fc60c not found",
        "?query.start_time_min=2026-01-01T00:00:00Z | 400 | query.start_time_max is required",
        "?query.start_time_min=yesterday | 400 "
            + "| query.start_time_min must be a time like 2026-01-01T00:00:00Z",
        "?query.start_time_min=-100000000-01-01T00:00:00Z | 400 "
            + "| query.start_time_min must be a time like 2026-01-01T00:00:00Z",
        "?query.start_time_min=2026-01-01T00:00:00Z&query.start_time_max=2026-01-01T00:00:00Z"
            + "&query.num_traces=0 | 400 | query.num_traces must be at least 1",
        "?query.attributes=a | 400 | there is no filter query.attributes",
        "?query.operation_name=a | 400 | there is no filter query.operation_name",
      })
  void saysTheReason(String query, int status, String reason) {
    HttpResponse<byte[]> answer = client.get("/api/v3/traces" + query);

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(new JsonObject(text(answer)).getString("detail")).isEqualTo(reason);
  }

  private static String id(char last) {
    return "0000000000000000000000000000000" + last;
  }

  /** Sends a trace with one span in each of the services. */
  private void send(char last, int second, String... services) {
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    long start = Instant.parse("2026-01-01T00:00:00Z").getEpochSecond() + second;
    for (String service : services) {
      var ofResource = request.addResourceSpansBuilder();
      ofResource
          .getResourceBuilder()
          .addAttributes(
              KeyValue.newBuilder()
                  .setKey("service.name")
                  .setValue(AnyValue.newBuilder().setStringValue(service)));
      ofResource
          .addScopeSpansBuilder()
          .addSpans(
              span(id(last), ID, "").toBuilder().setStartTimeUnixNano(start * 1_000_000_000L));
    }
    client.post(PROTOBUF, request.build().toByteArray());
  }

  private static List<JsonObject> spans(HttpResponse<byte[]> answer) {
    List<JsonObject> spans = new ArrayList<>();
    JsonObject result = new JsonObject(text(answer)).getJsonObject("result");
    for (Object ofResource : result.getJsonArray("resourceSpans")) {
      for (Object ofScope : ((JsonObject) ofResource).getJsonArray("scopeSpans")) {
        JsonArray ofOne = ((JsonObject) ofScope).getJsonArray("spans");
        ofOne.forEach(span -> spans.add((JsonObject) span));
      }
    }
    return spans;
  }
}
