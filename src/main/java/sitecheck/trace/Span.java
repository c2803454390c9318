package sitecheck.trace;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A span that has ended. A root has an empty parent id. Times are nanoseconds since the epoch. The
 * failure is null if the span did not fail. An event's attributes begin with the event's name.
 */
public record Span(
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
  private static final Map<String, String> KINDS =
      Map.of(
          "0", "", "1", "INTERNAL", "2", "SERVER", "3", "CLIENT", "4", "PRODUCER", "5", "CONSUMER");

  public Span {
    parentId = parentId.replaceFirst("^0+$", "");
    end = Math.max(start, end);
  }

  /** Reads the spans of OTLP's TracesData in JSON; a missing field is empty or zero. */
  public static List<Span> of(JsonNode data) {
    List<Span> spans = new ArrayList<>();
    for (JsonNode ofResource : data.path("resourceSpans")) {
      Map<String, String> resource = text(ofResource.path("resource"), "");
      String service = resource.getOrDefault("service.name", "unknown_service");
      for (JsonNode ofScope : ofResource.path("scopeSpans")) {
        ofScope.path("spans").forEach(span -> spans.add(of(span, service)));
      }
    }
    return spans;
  }

  private static Span of(JsonNode span, String service) {
    Map<String, String> attributes = text(span, "");
    span.path("events").forEach(it -> attributes.putAll(text(it, it.path("name").asText() + ": ")));
    attributes.keySet().removeIf(name -> name.endsWith(".stacktrace")); // the trace's UI shows it
    String kind = span.path("kind").asText().replace("SPAN_KIND_", "");
    boolean failed = span.at("/status/code").asText().matches("2|STATUS_CODE_ERROR");
    return new Span(
        span.path("traceId").asText(),
        span.path("spanId").asText(),
        span.path("parentSpanId").asText(),
        service,
        span.path("name").asText(),
        KINDS.getOrDefault(kind, kind),
        Math.max(0, span.path("startTimeUnixNano").asLong()),
        Math.max(0, span.path("endTimeUnixNano").asLong()),
        failed ? reason(span.at("/status/message").asText(), attributes) : null,
        attributes);
  }

  private static String reason(String message, Map<String, String> of) {
    String type = of.getOrDefault("error.type", "no reason given");
    String status = of.getOrDefault("http.response.status_code", of.get("http.status_code"));
    String said = message.isEmpty() ? of.getOrDefault("exception: exception.message", "") : message;
    return !said.isEmpty() ? said : status == null ? type : "status " + status;
  }

  /** The attributes of a resource, a span or an event. */
  private static Map<String, String> text(JsonNode owner, String prefix) {
    Map<String, String> text = new LinkedHashMap<>();
    for (JsonNode attribute : owner.path("attributes")) {
      String name = prefix + attribute.path("key").asText();
      text.put(name, "");
      for (JsonNode value : attribute.path("value")) { // has one field
        text.put(name, value.isValueNode() ? value.asText() : value.toString());
      }
    }
    return text;
  }
}
