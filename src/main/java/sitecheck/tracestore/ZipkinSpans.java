package sitecheck.tracestore;

import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.vertx.core.json.Json;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import zipkin2.Endpoint;
import zipkin2.Span.Kind;

/**
 * Converts spans from OTLP to Zipkin, by <a
 * href="https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/">OpenTelemetry to
 * Zipkin Transformation</a>, without trace state, dropped counts and a scope's other fields.
 */
final class ZipkinSpans {
  private static final int PARENT_IS_REMOTE = 0x300; // two flags: it is known, and it is remote

  static List<zipkin2.Span> of(List<ResourceSpans> trace) {
    List<zipkin2.Span> spans = new ArrayList<>();
    for (ResourceSpans ofResource : trace) {
      Endpoint local = Endpoint.newBuilder().serviceName(service(ofResource)).build();
      for (var ofScope : ofResource.getScopeSpansList()) {
        Map<String, Object> shared = plain(ofResource.getResource().getAttributesList());
        shared.remove("service.name");
        if (!ofScope.getScope().getName().isEmpty()) {
          shared.put("otel.scope.name", ofScope.getScope().getName());
        }
        ofScope.getSpansList().forEach(span -> spans.add(zipkin(span, local, shared)));
      }
    }
    return spans;
  }

  static String service(ResourceSpans spans) {
    String name = text(plain(spans.getResource().getAttributesList()).get("service.name"));
    return name.isEmpty() ? "unknown_service" : name;
  }

  private static zipkin2.Span zipkin(Span span, Endpoint local, Map<String, Object> shared) {
    Map<String, Object> tags = new HashMap<>(shared);
    tags.putAll(plain(span.getAttributesList()));
    putStatus(tags, span.getStatus());
    boolean root = TraceStore.isNone(span.getParentSpanId());
    Kind kind = kind(span, root);
    long start = Math.max(0, span.getStartTimeUnixNano());
    long duration = Math.max(1, (span.getEndTimeUnixNano() - start) / 1000);
    zipkin2.Span.Builder zipkin =
        zipkin2.Span.newBuilder()
            .traceId(TraceId.fromBytes(span.getTraceId().toByteArray()))
            .id(SpanId.fromBytes(span.getSpanId().toByteArray()))
            .parentId(root ? null : SpanId.fromBytes(span.getParentSpanId().toByteArray()))
            .name(span.getName())
            .kind(kind)
            .localEndpoint(local)
            .remoteEndpoint(kind == Kind.CLIENT || kind == Kind.PRODUCER ? remote(tags) : null)
            .timestamp(start / 1000)
            .duration(start == 0 ? 0 : duration); // 0 means unknown
    for (Span.Event event : span.getEventsList()) {
      String name = event.getName();
      String attributes = Json.encode(plain(event.getAttributesList()));
      zipkin.addAnnotation(
          event.getTimeUnixNano() / 1000,
          event.getAttributesCount() == 0 ? name : Json.encode(name) + ":" + attributes);
    }
    tags.forEach((key, value) -> zipkin.putTag(key, text(value)));
    return zipkin.build();
  }

  /** Beyond the specification, a service's first span becomes SERVER, for the dependency graph. */
  private static Kind kind(Span span, boolean root) {
    return switch (span.getKind()) {
      case SPAN_KIND_INTERNAL, SPAN_KIND_UNSPECIFIED, UNRECOGNIZED ->
          root || (span.getFlags() & PARENT_IS_REMOTE) == PARENT_IS_REMOTE ? Kind.SERVER : null;
      default -> Kind.valueOf(span.getKind().name().replace("SPAN_KIND_", ""));
    };
  }

  /** The peer. Only a host name becomes a service, or the graph would have a node "127.0.0.1". */
  private static Endpoint remote(Map<String, Object> tags) {
    String peer = tags.containsKey("server.address") ? "server." : "network.peer.";
    String address = text(tags.get(peer + "address"));
    Endpoint.Builder remote = Endpoint.newBuilder();
    boolean isName = !remote.parseIp(address) && !"localhost".equalsIgnoreCase(address);
    if (tags.get(peer + "port") instanceof Long port && port > 0 && port <= 65535) {
      remote.port(port.intValue());
    }
    return remote
        .serviceName(text(tags.getOrDefault("peer.service", isName ? address : "")))
        .build();
  }

  /** Zipkin shows every span with a tag "error" as failed, whatever its value. */
  private static void putStatus(Map<String, Object> tags, Status status) {
    tags.remove("error", false);
    if (status.getCode() == Status.StatusCode.STATUS_CODE_OK) {
      tags.put("otel.status_code", "OK");
    } else if (status.getCode() == Status.StatusCode.STATUS_CODE_ERROR) {
      tags.put("otel.status_code", "ERROR");
      // The specification asks for an empty text, which looks like a mistake.
      tags.putIfAbsent("error", "true");
      if (!status.getMessage().isEmpty()) {
        tags.put("error", status.getMessage());
      }
    }
  }

  /** By OpenTelemetry's common concepts: bytes in base64, arrays and maps as JSON. */
  private static String text(Object plain) {
    return plain instanceof List || plain instanceof Map
        ? Json.encode(plain)
        : Objects.toString(plain, "");
  }

  private static Map<String, Object> plain(List<KeyValue> attributes) {
    Map<String, Object> map = new LinkedHashMap<>();
    attributes.forEach(attribute -> map.put(attribute.getKey(), plain(attribute.getValue())));
    return map;
  }

  private static Object plain(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> value.getBoolValue();
      case INT_VALUE -> value.getIntValue();
      case DOUBLE_VALUE -> value.getDoubleValue();
      case BYTES_VALUE -> Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
      case KVLIST_VALUE -> plain(value.getKvlistValue().getValuesList());
      case ARRAY_VALUE ->
          value.getArrayValue().getValuesList().stream().map(ZipkinSpans::plain).toList();
      // An index refers to the string table of a profile, which spans do not have.
      case VALUE_NOT_SET, STRING_VALUE_STRINDEX -> null;
    };
  }
}
