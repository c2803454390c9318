package sitecheck.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpanTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static Span span(String fields) throws IOException {
    JsonNode data =
        JSON.readTree(
            "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{%s}]}]}]}".formatted(fields));
    return Span.of(data).get(0);
  }

  @Test
  void theSpansOfAllServicesAreRead() throws IOException {
    JsonNode data =
        JSON.readTree(getClass().getResourceAsStream("/tracestore/five-services.otlp.json"));

    List<Span> spans = Span.of(data);

    assertThat(spans).hasSize(13);
    assertThat(spans)
        .extracting(Span::service)
        .contains("main", "upstream", "service1", "service2", "log");
    Span first = spans.get(0);
    assertThat(first.traceId()).isEqualTo("5b8efff798038103d269b633813fc60c");
    assertThat(first.id()).isEqualTo("0000000000000001");
    assertThat(first.parentId()).isEmpty();
    assertThat(first.name()).isEqualTo("GET /check-sites");
    assertThat(first.kind()).isEqualTo("SERVER");
    assertThat(first.start()).isEqualTo(1767225600000000000L);
    assertThat(first.failure()).isNull();
  }

  @Test
  void nothingIsReadOfNothing() throws IOException {
    assertThat(Span.of(JSON.readTree("{}").path("result"))).isEmpty();
    assertThat(span("").service()).isEqualTo("unknown_service");
  }

  @ParameterizedTest
  @CsvSource({"2, SERVER", "'\"SPAN_KIND_CLIENT\"', CLIENT", "1, INTERNAL", "0, ''", "9, 9"})
  void theKindIsANumberOrAName(String kind, String expected) throws IOException {
    assertThat(span("\"kind\":" + kind).kind()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 2000, 1000, 2000",
    "2000, 1000, 2000, 2000",
    "-5, -1, 0, 0",
    "18446744073709551615, 5, 0, 5",
    "'\"later\"', , 0, 0"
  })
  void aSpanEndsAtItsStartAtTheEarliestAndNotBeforeTheEpoch(
      String start, String end, long expectedStart, long expectedEnd) throws IOException {
    Span span = span("\"startTimeUnixNano\":%s,\"endTimeUnixNano\":%s".formatted(start, end));

    assertThat(span.start()).isEqualTo(expectedStart);
    assertThat(span.end()).isEqualTo(expectedEnd);
  }

  @Test
  void theOldNameOfAStatusIsReadAsWell() throws IOException {
    Span span =
        span(
            """
            "status": {"code": 2},
            "attributes": [{"key": "http.status_code", "value": {"intValue": "503"}}]
            """);

    assertThat(span.failure()).isEqualTo("status 503");
  }

  @Test
  void aParentOfZerosIsNone() throws IOException {
    assertThat(span("\"parentSpanId\":\"0000000000000000\"").parentId()).isEmpty();
  }

  @Test
  void attributesAreText() throws IOException {
    Span span =
        span(
            """
            "attributes": [
              {"key": "text", "value": {"stringValue": "some"}},
              {"key": "number", "value": {"intValue": "42"}},
              {"key": "flag", "value": {"boolValue": false}},
              {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}},
              {"key": "nothing", "value": {}}],
            "events": [{"name": "exception", "attributes": [
              {"key": "exception.message", "value": {"stringValue": "no"}},
              {"key": "exception.stacktrace", "value": {"stringValue": "at …"}}]}]
            """);

    assertThat(span.attributes())
        .containsEntry("text", "some")
        .containsEntry("number", "42")
        .containsEntry("flag", "false")
        .containsEntry("list", "{\"values\":[{\"stringValue\":\"a\"}]}")
        .containsEntry("nothing", "")
        .containsEntry("exception: exception.message", "no")
        .hasSize(6);
  }

  @ParameterizedTest
  @CsvSource({
    "2, the message, 500, the message",
    "2, '', 500, status 500",
    "'\"STATUS_CODE_ERROR\"', '', 500, status 500",
    "2, '', , java.net.ConnectException",
    "1, the message, 500,",
    "0, '', 500,"
  })
  void itSaysWhyItFailed(String code, String message, String status, String failure)
      throws IOException {
    String attribute = "{\"key\":\"%s\",\"value\":{\"stringValue\":\"%s\"}}";
    String attributes =
        attribute.formatted("error.type", "java.net.ConnectException")
            + (status == null
                ? ""
                : "," + attribute.formatted("http.response.status_code", status));

    Span span =
        span(
            "\"status\":{\"code\":%s,\"message\":\"%s\"},\"attributes\":[%s]"
                .formatted(code, message, attributes));

    assertThat(span.failure()).isEqualTo(failure);
  }

  @Test
  void itSaysSoWhenItDoesNotSayWhyItFailed() throws IOException {
    assertThat(span("\"status\":{\"code\":2}").failure()).isEqualTo("no reason given");
  }
}
