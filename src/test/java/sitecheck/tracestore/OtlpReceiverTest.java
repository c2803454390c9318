package sitecheck.tracestore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static sitecheck.tracestore.StoreClient.JSON;
import static sitecheck.tracestore.StoreClient.PROTOBUF;
import static sitecheck.tracestore.StoreClient.gzip;
import static sitecheck.tracestore.StoreClient.resource;
import static sitecheck.tracestore.StoreClient.send;
import static sitecheck.tracestore.StoreClient.span;
import static sitecheck.tracestore.StoreClient.text;

import com.google.protobuf.CodedOutputStream;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.trace.v1.Status;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OtlpReceiverTest {
  private static final String TRACE = "5b8efff798038103d269b633813fc60c";
  private static final String ID = "eee19b7ec3c1b101";
  private static final byte[] FIVE_SERVICES = resource("five-services.otlp.json");
  private static final byte[] GARBAGE = "garbage".getBytes(UTF_8);

  private StoreClient client;

  @BeforeEach
  void start() {
    client = new StoreClient();
  }

  @AfterEach
  void stop() {
    client.close();
  }

  @ParameterizedTest
  @CsvSource({
    "application/x-protobuf, false",
    "application/x-protobuf, true",
    "application/json, false",
    "application/json, true",
    "application/json; charset=utf-8, false",
    "APPLICATION/JSON, false"
  })
  void keepsTheSameSpansHoweverTheyAreEncoded(String contentType, boolean compressed)
      throws Exception {
    byte[] body = contentType.equals(PROTOBUF) ? protobuf(FIVE_SERVICES) : FIVE_SERVICES;

    HttpResponse<byte[]> response =
        compressed
            ? client.post(contentType, gzip(body), "Content-Encoding", "gzip")
            : client.post(contentType, body);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(text(client.get("/api/v2/trace/" + TRACE)))
        .isEqualTo(
            new JsonArray(new String(resource("five-services.zipkin.json"), UTF_8)).encode());
  }

  @Test
  void answersSuccessInTheEncodingOfTheRequest() throws Exception {
    HttpResponse<byte[]> json = client.post(JSON, FIVE_SERVICES);
    HttpResponse<byte[]> protobuf = client.post(PROTOBUF, protobuf(FIVE_SERVICES));

    assertThat(json.headers().firstValue("Content-Type")).hasValue(JSON);
    assertThat(text(json)).isEqualTo("{}");
    assertThat(protobuf.headers().firstValue("Content-Type")).hasValue(PROTOBUF);
    assertThat(protobuf.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"application/x-protobuf, ''", "application/json, {}"})
  void acceptsARequestWithoutSpans(String contentType, String body) {
    HttpResponse<byte[]> response = client.post(contentType, body.getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(text(response)).isEqualTo(body);
  }

  @ParameterizedTest
  @CsvSource({
    "application/x-protobuf, false",
    "application/x-protobuf, true",
    "application/json, false",
    "application/json, true"
  })
  void refusesGarbageAndSaysSoInTheEncodingOfTheRequest(String contentType, boolean compressed)
      throws Exception {
    HttpResponse<byte[]> response =
        compressed
            ? client.post(contentType, gzip(GARBAGE), "Content-Encoding", "gzip")
            : client.post(contentType, GARBAGE);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("Content-Type")).hasValue(contentType);
    assertThat(reason(response)).startsWith("Not an ExportTraceServiceRequest: ");
  }

  private static final String TWICE = "{\"resourceSpans\": [], \"resourceSpans\": []}";

  @Test
  void saysThatABodyIsEmpty() throws Exception {
    assertThat(reason(client.post(JSON, new byte[0])))
        .isEqualTo("Not an ExportTraceServiceRequest: it ends too early");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "null", "{", "{\"resourceSpans\": 1}", "{}{}", "{} x", "{}]", TWICE})
  void refusesJsonThatIsNoRequest(String body) {
    assertThat(client.post(JSON, body.getBytes(UTF_8)).statusCode()).isEqualTo(400);
  }

  @Test
  void refusesJsonNestedBeyondMeasure() {
    byte[] body = "{\"a\":".concat("[".repeat(500_000)).getBytes(UTF_8);

    assertThat(client.post(JSON, body).statusCode()).isEqualTo(400);
  }

  /** A part has two bytes, but would be an object of up to 130 bytes in memory. */
  @ParameterizedTest
  @CsvSource({
    "resource spans, 1",
    "scope spans, 1 2",
    "spans, 1 2 2",
    "attributes, 1 2 2 9",
    "events, 1 2 2 11",
    "links, 1 2 2 13",
    "values of a list, 1 2 2 9 2 5 1",
    "values of a map, 1 2 2 9 2 6 1",
    "attributes of a resource, 1 1 1",
    "keys of a resource's entity, 1 1 3 3"
  })
  void refusesABodyOfAMillionTinyParts(String name, String fields) throws Exception {
    HttpResponse<byte[]> response =
        client.post(
            PROTOBUF, gzip(nested(fields, new byte[2_000_002])), "Content-Encoding", "gzip");

    assertThat(response.statusCode()).as(name).isEqualTo(413);
    assertThat(reason(response))
        .isEqualTo("The body has more than 1000000 parts: spans, attributes, values, events");
    assertThat(client.post(PROTOBUF, nested(fields, new byte[200_000])).statusCode())
        .isEqualTo(200);
  }

  /** Nested messages, by the numbers of their fields. The last field is there many times. */
  private static byte[] nested(String fields, byte[] room) throws IOException {
    int[] numbers = Stream.of(fields.split(" ")).mapToInt(Integer::parseInt).toArray();
    byte[] content = room;
    for (int i = 0; i < content.length; i += 2) {
      content[i] = (byte) (numbers[numbers.length - 1] << 3 | 2);
    }
    for (int i = numbers.length - 2; i >= 0; i--) {
      content = field(numbers[i], content);
    }
    return content;
  }

  private static byte[] field(int number, byte[] content) throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    CodedOutputStream output = CodedOutputStream.newInstance(message);
    output.writeByteArray(number, content);
    output.flush();
    return message.toByteArray();
  }

  @Test
  void refusesProtobufNestedBeyondMeasure() throws Exception {
    byte[] value = new byte[0];
    for (int i = 0; i < 2000; i++) {
      value = field(5, field(1, value));
    }

    HttpResponse<byte[]> response =
        client.post(PROTOBUF, field(1, field(2, field(2, field(9, field(2, value))))));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(reason(response)).contains("it is nested too deep");
  }

  @Test
  void leavesOutFieldsThatItDoesNotKnow() throws Exception {
    byte[] unknown = field(1, field(2, field(2, field(100, new byte[1000]))));

    assertThat(Otlp.read(unknown).getSerializedSize()).isLessThan(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{},", "1,", "[],", "\"\","})
  void refusesJsonOfAMillionTinyParts(String part) throws Exception {
    String parts = part.repeat(1_000_000);

    HttpResponse<byte[]> response =
        client.post(JSON, "{\"a\":[%s1]}".formatted(parts).getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(reason(response)).contains("Token count");
  }

  @Test
  void refusesBrokenGzip() throws Exception {
    byte[] whole = gzip(FIVE_SERVICES);

    for (byte[] body : new byte[][] {GARBAGE, {}, Arrays.copyOf(whole, whole.length / 2)}) {
      HttpResponse<byte[]> response = client.post(JSON, body, "Content-Encoding", "gzip");

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(reason(response)).startsWith("Not an ExportTraceServiceRequest: ");
    }
  }

  @Test
  void saysThatABodyThatIsEmptyIsNotGzip() throws Exception {
    HttpResponse<byte[]> response = client.post(JSON, new byte[0], "Content-Encoding", "gzip");

    assertThat(reason(response)).isEqualTo("Not an ExportTraceServiceRequest: it ends too early");
  }

  @ParameterizedTest
  @CsvSource({"gzip, true", "GZIP, true", "x-gzip, true", "identity, false"})
  void knowsTheNamesOfACompression(String name, boolean compressed) {
    byte[] body = compressed ? gzip(FIVE_SERVICES) : FIVE_SERVICES;

    assertThat(client.post(JSON, body, "Content-Encoding", name).statusCode()).isEqualTo(200);
    assertThat(client.get("/api/v2/trace/" + TRACE).statusCode()).isEqualTo(200);
  }

  @Test
  void takesABodyOfTheLargestSizeAndNoLarger() throws Exception {
    byte[] body = FIVE_SERVICES;
    byte[] larger = Arrays.copyOf(body, body.length + 1);
    larger[body.length] = ' ';
    restartWithMaxBodyBytes(body.length);

    assertThat(client.post(JSON, body).statusCode()).isEqualTo(200);
    assertThat(client.post(JSON, gzip(body), "Content-Encoding", "gzip").statusCode())
        .isEqualTo(200);
    assertTooLarge(client.post(JSON, larger), body.length);
    assertTooLarge(client.post(JSON, gzip(larger), "Content-Encoding", "gzip"), body.length);
    assertTooLarge(
        client.post(JSON, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(larger))),
        body.length);
    assertThat(client.post(JSON, body).statusCode()).isEqualTo(200);
  }

  @Test
  void takesNoMoreAtATimeThanTwoOfTheLargest() throws Exception {
    restartWithMaxBodyBytes(10_000);
    try (Socket one = upload(9_000);
        Socket other = upload(9_000)) {
      await().until(() -> client.post(PROTOBUF, new byte[5_000]).statusCode() == 503);
      HttpResponse<byte[]> refused = client.post(PROTOBUF, new byte[5_000]);
      assertThat(reason(refused)).isEqualTo("Too many bytes are sent at once");
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");
    }

    await().until(() -> client.post(PROTOBUF, new byte[5_000]).statusCode() == 400);
  }

  @Test
  void forgetsUploadsThatAreBrokenOff() throws Exception {
    client.close();
    client = new StoreClient("requests.max", "1");

    for (int i = 0; i < 50; i++) {
      upload(i % 2 * 1000).close(); // often before the server has set its handlers
      await()
          .pollInterval(Duration.ofMillis(5))
          .until(() -> client.post(JSON, FIVE_SERVICES).statusCode() == 200);
    }
  }

  /** Starts to upload a body: all of it but the last byte. */
  private Socket upload(int size) throws IOException {
    Socket socket = new Socket("127.0.0.1", client.port());
    String head =
        "POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %s\r\n\r\n";
    socket.getOutputStream().write(head.formatted(PROTOBUF, size + 1).getBytes(UTF_8));
    socket.getOutputStream().write(new byte[size]);
    return socket;
  }

  @Test
  void asksForABodyThatIsExpectedToBeAskedFor() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", client.port())) {
      String head =
          "POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: 2\r\n"
              + "Expect: 100-continue\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.formatted(JSON).getBytes(UTF_8));
      BufferedReader answer =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));

      assertThat(answer.readLine()).isEqualTo("HTTP/1.1 100 Continue");
      socket.getOutputStream().write("{}".getBytes(UTF_8));
      assertThat(answer.lines()).contains("HTTP/1.1 200 OK");
    }
  }

  @Test
  void stopsUnfoldingAGzipBombAtTheLimit() throws Exception {
    restartWithMaxBodyBytes(100_000);
    byte[] bomb = gzip(new byte[50_000_000]);
    // Truncated: a reader that went on to the end would find it broken.
    byte[] cut = Arrays.copyOf(bomb, bomb.length - 100);

    assertTooLarge(client.post(PROTOBUF, cut, "Content-Encoding", "gzip"), 100_000);
  }

  @Test
  void refusesOtherContentTypes() {
    for (String contentType : new String[] {"text/plain", "application/x-www-form-urlencoded"}) {
      HttpResponse<byte[]> response = client.post(contentType, FIVE_SERVICES);

      assertThat(response.statusCode()).isEqualTo(415);
      assertThat(new JsonObject(text(response)).getString("detail"))
          .isEqualTo("Content-Type must be application/x-protobuf or application/json");
    }
    assertThat(send(client.to("/v1/traces").POST(BodyPublishers.noBody())).statusCode())
        .isEqualTo(415);
  }

  @Test
  void refusesOtherCompressions() throws Exception {
    HttpResponse<byte[]> response = client.post(JSON, FIVE_SERVICES, "Content-Encoding", "deflate");

    assertThat(response.statusCode()).isEqualTo(415);
    assertThat(response.headers().firstValue("Accept-Encoding")).hasValue("gzip");
    assertThat(reason(response)).isEqualTo("Content-Encoding must be gzip or absent");
  }

  @Test
  void refusesOtherMethodsAndNamesTheRightOne() {
    for (String method : new String[] {"GET", "PUT"}) {
      HttpResponse<byte[]> response =
          send(client.to("/v1/traces").method(method, BodyPublishers.noBody()));

      assertThat(response.statusCode()).isEqualTo(405);
      assertThat(response.headers().firstValue("Allow")).hasValue("POST, OPTIONS");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/metrics", "/v1/logs", "/v1/traces/x"})
  void servesNothingElse(String path) {
    assertThat(send(client.to(path).POST(BodyPublishers.noBody())).statusCode()).isEqualTo(404);
  }

  @Test
  void refusesProtobufSpansWithInvalidIdsAndKeepsTheOthers() throws Exception {
    ExportTraceServiceRequest request =
        StoreClient.request(
            span(TRACE, ID, ""),
            span("0".repeat(32), ID, ""),
            span("", ID, ""),
            span(TRACE.substring(2), ID, ""),
            span(TRACE + "00", ID, ""),
            span(TRACE, "0".repeat(16), ""),
            span(TRACE, "", ""),
            span(TRACE, ID.substring(2), ""),
            span(TRACE, ID, ID + "00"));

    HttpResponse<byte[]> response = client.post(PROTOBUF, request.toByteArray());

    assertThat(response.statusCode()).isEqualTo(200);
    ExportTraceServiceResponse answer = ExportTraceServiceResponse.parseFrom(response.body());
    assertThat(answer.getPartialSuccess().getRejectedSpans()).isEqualTo(8);
    assertThat(answer.getPartialSuccess().getErrorMessage()).isEqualTo(TraceStore.REFUSED);
    assertThat(new JsonArray(text(client.get("/api/v2/trace/" + TRACE)))).hasSize(1);
  }

  @Test
  void refusesJsonSpansWithInvalidIdsAndKeepsTheOthers() {
    String spans =
        """
        {"resourceSpans": [{"scopeSpans": [{"spans": [
          {"traceId": "%1$s", "spanId": "%2$s", "startTimeUnixNano": 1},
          {"traceId": "%1$s", "spanId": "zzzzzzzzzzzzzzzz", "startTimeUnixNano": 1},
          {"traceId": "%1$s", "spanId": "0000000000000000", "startTimeUnixNano": 1},
          {"traceId": "%1$s", "spanId": "%2$s", "parentSpanId": "1234", "startTimeUnixNano": 1},
          {"traceId": "W47/95gDgQPSabYzgT/GDA==", "spanId": "%2$s", "startTimeUnixNano": 1}
        ]}]}]}
        """
            .formatted(TRACE, ID);

    HttpResponse<byte[]> response = client.post(JSON, spans.getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(text(response)))
        .isEqualTo(
            new JsonObject()
                .put(
                    "partialSuccess",
                    new JsonObject()
                        .put("rejectedSpans", "4")
                        .put("errorMessage", TraceStore.REFUSED)));
    assertThat(new JsonArray(text(client.get("/api/v2/trace/" + TRACE)))).hasSize(1);
  }

  private void restartWithMaxBodyBytes(int maxBodyBytes) {
    client.close();
    client = new StoreClient("traces.body.max", String.valueOf(maxBodyBytes));
  }

  private static void assertTooLarge(HttpResponse<byte[]> response, int limit) throws Exception {
    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(reason(response))
        .isEqualTo("The body is larger than " + limit + " bytes, as sent or decompressed");
  }

  /** The message of the google.rpc.Status, its field 2. */
  private static String reason(HttpResponse<byte[]> response) throws Exception {
    return response.headers().firstValue("Content-Type").orElseThrow().equals(PROTOBUF)
        ? Status.parseFrom(response.body()).getMessage()
        : new JsonObject(text(response)).getString("message");
  }

  /** Converts a request to protobuf, from JSON with hexadecimal ids. */
  private static byte[] protobuf(byte[] json) throws IOException {
    return Otlp.readJson(json).toByteArray();
  }
}
