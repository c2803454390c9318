package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A trace, as the trace store's API returns it. */
record Trace(List<Span> spans) {

  /** A span; times are in microseconds. */
  record Span(String id, String parent, String service, String name, long start, long end) {

    boolean overlaps(Span other) {
      return start < other.end && other.start < end;
    }
  }

  /** The trace id that an answer carries (W3C Trace Context level 2). */
  static String id(HttpResponse<?> answer) {
    String traceresponse = answer.headers().firstValue("traceresponse").orElseThrow();
    assertThat(traceresponse).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
    return traceresponse.substring(3, 35);
  }

  /** The part of a trace that has arrived so far. */
  static Trace read(String zipkin, String id) {
    HttpResponse<String> answer = Http.get(zipkin + "/api/v2/trace/" + id);
    List<Span> spans = new ArrayList<>();
    if (answer.statusCode() == 200) {
      json(answer.body())
          .forEach(
              span ->
                  spans.add(
                      new Span(
                          span.get("id").asText(),
                          span.path("parentId").asText(null),
                          span.at("/localEndpoint/serviceName").asText(),
                          span.get("name").asText(),
                          span.get("timestamp").asLong(),
                          span.get("timestamp").asLong() + span.get("duration").asLong())));
    }
    return new Trace(spans);
  }

  /** Waits until a trace is complete: until its drawing is as expected. */
  static Trace await(String zipkin, String id, String drawing) {
    Awaitility.await().untilAsserted(() -> assertThat(read(zipkin, id)).hasToString(drawing));
    return read(zipkin, id);
  }

  Span find(String service, String name) {
    return spans.stream()
        .filter(span -> span.service().equals(service) && span.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /**
   * One line for each span, "service name", below its parent and indented by two more columns;
   * siblings by name. A span with a missing parent is drawn like a root.
   */
  @Override
  public String toString() {
    StringBuilder lines = new StringBuilder();
    spans.stream()
        .filter(span -> spans.stream().noneMatch(parent -> parent.id().equals(span.parent())))
        .sorted(byName())
        .forEach(root -> draw(root, "", lines));
    return lines.toString();
  }

  private void draw(Span span, String margin, StringBuilder lines) {
    lines.append(margin).append(span.service()).append(' ').append(span.name()).append('\n');
    children(span).forEach(child -> draw(child, margin + "  ", lines));
  }

  private Stream<Span> children(Span parent) {
    return spans.stream().filter(span -> parent.id().equals(span.parent())).sorted(byName());
  }

  private static Comparator<Span> byName() {
    return Comparator.comparing(Span::service).thenComparing(Span::name);
  }

  static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
  }
}
