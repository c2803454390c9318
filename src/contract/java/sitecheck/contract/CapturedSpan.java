package sitecheck.contract;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An ended span, with its attributes by name. */
public record CapturedSpan(SpanData data) {

  public String traceId() {
    return data.getTraceId();
  }

  public String id() {
    return data.getSpanId();
  }

  /** The parent's id; empty for a root. */
  public String parentId() {
    SpanContext parent = data.getParentSpanContext();
    return parent.isValid() ? parent.getSpanId() : "";
  }

  public String name() {
    return data.getName();
  }

  /** The kind, such as {@code SERVER}. */
  public String kind() {
    return data.getKind().name();
  }

  /** The resource's {@code service.name}; if none is set, the name of the application. */
  public String service() {
    Object name = resourceAttributes().get("service.name");
    return "-".equals(name) ? CamelContexts.OF_THIS_JVM.name() : String.valueOf(name);
  }

  public boolean failed() {
    return data.getStatus().getStatusCode() == StatusCode.ERROR;
  }

  /** The start in nanoseconds since the epoch, like {@link #end}. */
  public long start() {
    return data.getStartEpochNanos();
  }

  public long end() {
    return data.getEndEpochNanos();
  }

  public Map<String, Object> attributes() {
    return map(data.getAttributes());
  }

  public Map<String, Object> resourceAttributes() {
    return map(data.getResource().getAttributes());
  }

  public List<Event> events() {
    return data.getEvents().stream()
        .map(event -> new Event(event.getName(), map(event.getAttributes())))
        .toList();
  }

  /** An event of a span, with its attributes by name. */
  public record Event(String name, Map<String, Object> attributes) {}

  private static Map<String, Object> map(Attributes attributes) {
    Map<String, Object> map = new TreeMap<>();
    attributes.forEach((key, value) -> map.put(key.getKey(), value));
    return map;
  }
}
