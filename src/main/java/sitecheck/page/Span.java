package sitecheck.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A span, as OTLP's JSON has it.
 *
 * @param parentId empty where the trace begins
 * @param kind one of SERVER, CLIENT, INTERNAL, PRODUCER, CONSUMER, or empty
 * @param start in nanoseconds of the epoch, as is the end
 * @param failure why it failed; null when it did not
 * @param attributes as text; those of its events have the event's name in front
 */
record Span(
    String traceId,
    String id,
    String parentId,
    String service,
    String name,
    String kind,
    long start,
    long end,
    String failure,
    Map<String, String> attributes) {

  private static final List<String> KINDS =
      List.of("", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER");

  /** The spans of a TracesData. */
  static List<Span> of(JsonNode data) {
    List<Span> spans = new ArrayList<>();
    for (JsonNode ofResource : data.path("resourceSpans")) {
      Map<String, String> resource = attributes(ofResource.path("resource"), "");
      String service = resource.getOrDefault("service.name", "unknown_service");
      for (JsonNode ofScope : ofResource.path("scopeSpans")) {
        ofScope.path("spans").forEach(span -> spans.add(of(span, service)));
      }
    }
    return spans;
  }

  private static Span of(JsonNode span, String service) {
    Map<String, String> attributes = attributes(span, "");
    for (JsonNode event : span.path("events")) {
      attributes.putAll(attributes(event, event.path("name").asText() + ": "));
    }
    attributes.keySet().removeIf(name -> name.endsWith(".stacktrace")); // the trace's own UI has it
    boolean failed = span.at("/status/code").asText().matches("2|STATUS_CODE_ERROR");
    return new Span(
        span.path("traceId").asText(),
        span.path("spanId").asText(),
        span.path("parentSpanId").asText().replaceFirst("^0+$", ""),
        service,
        span.path("name").asText(),
        kind(span.path("kind")),
        span.path("startTimeUnixNano").asLong(),
        span.path("endTimeUnixNano").asLong(),
        failed ? reason(span.at("/status/message").asText(), attributes) : null,
        attributes);
  }

  private static String kind(JsonNode kind) {
    String name = kind.isTextual() ? kind.asText().replace("SPAN_KIND_", "") : "";
    return kind.isTextual() ? name : KINDS.get(Math.min(Math.max(kind.asInt(), 0), 5));
  }

  private static String reason(String message, Map<String, String> attributes) {
    String status = attributes.get("http.response.status_code");
    return Stream.of(
            message,
            attributes.get("exception: exception.message"),
            status == null ? null : "status " + status,
            attributes.get("error.type"))
        .filter(reason -> reason != null && !reason.isEmpty())
        .findFirst()
        .orElse("it does not say why");
  }

  /** Of what has some; a value is the text of the only field that it has. */
  private static Map<String, String> attributes(JsonNode owner, String prefix) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (JsonNode attribute : owner.path("attributes")) {
      JsonNode value = attribute.path("value").path(0);
      for (JsonNode only : attribute.path("value")) {
        value = only;
      }
      String text = value.isValueNode() ? value.asText() : value.toString();
      attributes.put(prefix + attribute.path("key").asText(), text);
    }
    return attributes;
  }
}
