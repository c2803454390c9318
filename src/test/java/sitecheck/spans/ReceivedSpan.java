package sitecheck.spans;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A span as a receiver sees it. */
public record ReceivedSpan(Resource resource, Span span) {

  public String traceId() {
    return hex(span.getTraceId());
  }

  public String id() {
    return hex(span.getSpanId());
  }

  /** The id of its parent; empty for a root. */
  public String parentId() {
    return hex(span.getParentSpanId());
  }

  public String name() {
    return span.getName();
  }

  /** {@code SERVER}, {@code CLIENT} or {@code INTERNAL}. */
  public String kind() {
    return span.getKind().name().replace(SpanKind.SPAN_KIND_UNSPECIFIED.name(), "").substring(10);
  }

  public String service() {
    return String.valueOf(resourceAttributes().get("service.name"));
  }

  public boolean failed() {
    return span.getStatus().getCode() == StatusCode.STATUS_CODE_ERROR;
  }

  public long start() {
    return span.getStartTimeUnixNano();
  }

  public long end() {
    return span.getEndTimeUnixNano();
  }

  public Map<String, Object> attributes() {
    return map(span.getAttributesList());
  }

  public Map<String, Object> resourceAttributes() {
    return map(resource.getAttributesList());
  }

  public List<Event> events() {
    return span.getEventsList().stream()
        .map(event -> new Event(event.getName(), map(event.getAttributesList())))
        .toList();
  }

  /** Something that happened in a span. */
  public record Event(String name, Map<String, Object> attributes) {}

  private static String hex(ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }

  private static Map<String, Object> map(List<KeyValue> attributes) {
    Map<String, Object> map = new TreeMap<>();
    attributes.forEach(attribute -> map.put(attribute.getKey(), value(attribute.getValue())));
    return map;
  }

  private static Object value(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> value.getIntValue();
      case BOOL_VALUE -> value.getBoolValue();
      default -> value.toString();
    };
  }
}
