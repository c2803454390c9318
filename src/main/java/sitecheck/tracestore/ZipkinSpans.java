package sitecheck.tracestore;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.SpanFlags;
import io.opentelemetry.proto.trace.v1.Status;
import io.vertx.core.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import zipkin2.Endpoint;

/**
 * The spans of an OTLP request as Zipkin's, following <a
 * href="https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/">OpenTelemetry to
 * Zipkin Transformation</a>, but for what is said below. Links and trace state have no place there.
 *
 * @param spans those that are valid
 * @param refused how many are not, see {@link #VALID_IDS}
 */
record ZipkinSpans(List<zipkin2.Span> spans, int refused) {
  static final String VALID_IDS =
      "Spans were refused: a trace id must have 16 bytes, a span id and a parent's id 8, not all 0";

  private static final Pattern TRACE_ID = Pattern.compile("(?!0{32})[0-9a-f]{32}");
  private static final Pattern SPAN_ID = Pattern.compile("(?!0{16})[0-9a-f]{16}");
  // All zero is not valid, but some senders write it for none, and it cannot mean anything else.
  private static final Pattern NO_PARENT = Pattern.compile("(0{16})?");

  private static final int PARENT_IS_REMOTE =
      SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK_VALUE
          | SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK_VALUE;

  /**
   * @param hex gives the digits of an id, see {@link OtlpEncoding#hex}
   */
  static ZipkinSpans of(ExportTraceServiceRequest request, Function<ByteString, String> hex) {
    List<zipkin2.Span> spans = new ArrayList<>();
    int refused = 0;
    for (ResourceSpans ofResource : request.getResourceSpansList()) {
      Map<String, String> resource = tags(ofResource.getResource().getAttributesList());
      String service = resource.remove("service.name");
      Endpoint local = Endpoint.newBuilder().serviceName(orUnknown(service)).build();
      for (ScopeSpans ofScope : ofResource.getScopeSpansList()) {
        Map<String, String> shared = new TreeMap<>(resource);
        shared.putAll(tags(ofScope.getScope()));
        for (Span span : ofScope.getSpansList()) {
          String traceId = hex.apply(span.getTraceId());
          String id = hex.apply(span.getSpanId());
          String parentId = hex.apply(span.getParentSpanId());
          boolean root = NO_PARENT.matcher(parentId).matches();
          if (areValid(traceId, id, parentId)) {
            spans.add(
                zipkin(span, kind(span, root), shared)
                    .traceId(traceId)
                    .id(id)
                    .parentId(root ? null : parentId)
                    .localEndpoint(local)
                    .build());
          } else {
            refused++;
          }
        }
      }
    }
    return new ZipkinSpans(spans, refused);
  }

  /** Whether these can be the ids of a span, as hex digits. */
  static boolean areValid(String traceId, String id, String parentId) {
    return TRACE_ID.matcher(traceId).matches()
        && SPAN_ID.matcher(id).matches()
        && (NO_PARENT.matcher(parentId).matches() || SPAN_ID.matcher(parentId).matches());
  }

  /** All of a span but its ids and its service. */
  private static zipkin2.Span.Builder zipkin(
      Span span, zipkin2.Span.Kind kind, Map<String, String> shared) {
    Map<String, String> attributes = tags(span.getAttributesList());
    zipkin2.Span.Builder zipkin = zipkin2.Span.newBuilder().name(span.getName()).kind(kind);
    if (span.getStartTimeUnixNano() > 0) {
      // Zipkin takes 0 for a duration that is not known.
      long duration = micros(span.getEndTimeUnixNano() - span.getStartTimeUnixNano());
      zipkin.timestamp(micros(span.getStartTimeUnixNano())).duration(Math.max(1, duration));
    }
    if (kind == zipkin2.Span.Kind.CLIENT || kind == zipkin2.Span.Kind.PRODUCER) {
      zipkin.remoteEndpoint(remote(attributes));
    }
    for (Span.Event event : span.getEventsList()) {
      zipkin.addAnnotation(micros(event.getTimeUnixNano()), annotation(event));
    }
    Map<String, String> tags = new TreeMap<>(shared);
    tags.putAll(attributes);
    putDropped(tags, "attributes", span.getDroppedAttributesCount());
    putDropped(tags, "events", span.getDroppedEventsCount());
    putDropped(tags, "links", span.getDroppedLinksCount());
    putStatus(tags, span.getStatus());
    tags.forEach(zipkin::putTag);
    return zipkin;
  }

  /**
   * Beyond the specification, the span with which a service begins counts as its server's: with no
   * kind it would be left out of Zipkin's dependency graph, and the service with it.
   */
  private static zipkin2.Span.Kind kind(Span span, boolean root) {
    return switch (span.getKind()) {
      case SPAN_KIND_CLIENT -> zipkin2.Span.Kind.CLIENT;
      case SPAN_KIND_SERVER -> zipkin2.Span.Kind.SERVER;
      case SPAN_KIND_PRODUCER -> zipkin2.Span.Kind.PRODUCER;
      case SPAN_KIND_CONSUMER -> zipkin2.Span.Kind.CONSUMER;
      case SPAN_KIND_INTERNAL, SPAN_KIND_UNSPECIFIED, UNRECOGNIZED -> {
        boolean remote = (span.getFlags() & PARENT_IS_REMOTE) == PARENT_IS_REMOTE;
        yield remote || root ? zipkin2.Span.Kind.SERVER : null;
      }
    };
  }

  /**
   * The peer by the specification's ranking, its legacy names left out. Only what is a name becomes
   * the service's name: with an address in its place the dependency graph would show a node
   * "127.0.0.1".
   */
  private static Endpoint remote(Map<String, String> attributes) {
    Endpoint.Builder remote = Endpoint.newBuilder();
    String service = attributes.get("peer.service");
    String address = attributes.get("server.address");
    String port = attributes.get("server.port");
    if (address == null) {
      address = attributes.get("network.peer.address");
      port = attributes.get("network.peer.port");
    }
    boolean isName = !remote.parseIp(address) && !"localhost".equalsIgnoreCase(address);
    return remote
        .serviceName(service == null && isName ? address : service)
        .port(port(port))
        .build();
  }

  private static int port(String text) {
    int number = text != null && text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
    return number <= 65535 ? number : 0;
  }

  private static String annotation(Span.Event event) {
    return event.getAttributesCount() == 0
        ? event.getName()
        : Json.encode(event.getName()) + ":" + AttributeText.json(event.getAttributesList());
  }

  private static Map<String, String> tags(List<KeyValue> attributes) {
    Map<String, String> tags = new TreeMap<>();
    attributes.forEach(
        attribute -> tags.put(attribute.getKey(), AttributeText.of(attribute.getValue())));
    return tags;
  }

  private static Map<String, String> tags(InstrumentationScope scope) {
    Map<String, String> tags = tags(scope.getAttributesList());
    putUnlessEmpty(tags, "otel.scope.name", scope.getName());
    putUnlessEmpty(tags, "otel.scope.version", scope.getVersion());
    return tags;
  }

  private static void putDropped(Map<String, String> tags, String what, int count) {
    putUnlessEmpty(
        tags, "otel.dropped_" + what + "_count", count == 0 ? "" : Integer.toUnsignedString(count));
  }

  /** Zipkin shows any span with a tag "error" as failed, whatever the tag says. */
  private static void putStatus(Map<String, String> tags, Status status) {
    tags.remove("error", "false");
    switch (status.getCode()) {
      case STATUS_CODE_ERROR -> {
        tags.put("otel.status_code", "ERROR");
        putUnlessEmpty(tags, "error", status.getMessage());
        // Beyond the specification, which asks for an empty text: that reads like a mistake.
        tags.putIfAbsent("error", "true");
      }
      case STATUS_CODE_OK -> tags.put("otel.status_code", "OK");
      case STATUS_CODE_UNSET, UNRECOGNIZED -> {}
    }
  }

  private static void putUnlessEmpty(Map<String, String> tags, String key, String value) {
    if (!value.isEmpty()) {
      tags.put(key, value);
    }
  }

  private static String orUnknown(String service) {
    return service == null || service.isEmpty() ? "unknown_service" : service;
  }

  private static long micros(long nanos) {
    return TimeUnit.NANOSECONDS.toMicros(nanos);
  }
}
