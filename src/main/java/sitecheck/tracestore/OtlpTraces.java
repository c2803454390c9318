package sitecheck.tracestore;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The latest traces as they came: Zipkin's storage has names in lower case and values as text only.
 * Each is kept packed, which takes a fraction of the room. Safe for many threads.
 */
final class OtlpTraces {
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().omittingInsignificantWhitespace().printingEnumsAsInts();

  private static final class Trace {
    final List<ByteString> spans = new ArrayList<>();
    final Set<String> services = new HashSet<>();
    int size;
    long start = Long.MAX_VALUE;
  }

  private final Map<String, Trace> traces = new LinkedHashMap<>();
  private final int maxSpans;
  private int size;

  /**
   * @param maxSpans how many spans are kept; beyond it the traces that came first go
   */
  OtlpTraces(int maxSpans) {
    this.maxSpans = maxSpans;
  }

  /**
   * Keeps the valid spans of a request.
   *
   * @param hex gives the digits of an id, see {@link OtlpEncoding#hex}
   */
  void keep(ExportTraceServiceRequest request, Function<ByteString, String> hex) {
    for (ResourceSpans ofResource : request.getResourceSpansList()) {
      for (ScopeSpans ofScope : ofResource.getScopeSpansList()) {
        Map<String, ScopeSpans.Builder> byTrace = new HashMap<>();
        for (Span span : ofScope.getSpansList()) {
          String traceId = hex.apply(span.getTraceId());
          String id = hex.apply(span.getSpanId());
          String parentId = hex.apply(span.getParentSpanId());
          if (ZipkinSpans.areValid(traceId, id, parentId)) {
            byTrace
                .computeIfAbsent(traceId, any -> ofScope.toBuilder().clearSpans())
                .addSpans(
                    span.toBuilder()
                        .setTraceId(printedAs(traceId))
                        .setSpanId(printedAs(id))
                        .setParentSpanId(printedAs(parentId)));
          }
        }
        byTrace.forEach(
            (traceId, scope) ->
                add(traceId, ofResource.toBuilder().clearScopeSpans().addScopeSpans(scope)));
      }
    }
  }

  private synchronized void add(String traceId, ResourceSpans.Builder ofResource) {
    Trace trace = traces.computeIfAbsent(traceId, any -> new Trace());
    List<Span> spans = ofResource.getScopeSpans(0).getSpansList();
    trace.spans.add(ofResource.build().toByteString());
    for (KeyValue attribute : ofResource.getResource().getAttributesList()) {
      if (attribute.getKey().equals("service.name")) {
        trace.services.add(attribute.getValue().getStringValue());
      }
    }
    spans.forEach(span -> trace.start = Math.min(trace.start, span.getStartTimeUnixNano()));
    trace.size += spans.size();
    size += spans.size();
    for (Iterator<Trace> first = traces.values().iterator(); size > maxSpans; first.remove()) {
      size -= first.next().size;
    }
  }

  /** A trace as JSON of OTLP's TracesData; an empty text when it is not here. */
  synchronized String find(String traceId) {
    Trace trace = traces.get(traceId);
    return trace == null ? "" : json(List.of(trace));
  }

  /**
   * The latest traces, as JSON of one TracesData; an empty text when there is none.
   *
   * @param service one of theirs; any when null
   * @param from when they began at the earliest, in nanoseconds of the epoch
   * @param to when they began at the latest
   */
  synchronized String find(String service, long from, long to, int limit) {
    List<Trace> newestFirst = new ArrayList<>(traces.values());
    Collections.reverse(newestFirst);
    return json(
        newestFirst.stream()
            .filter(trace -> service == null || trace.services.contains(service))
            .filter(trace -> trace.start >= from && trace.start <= to)
            .limit(limit)
            .toList());
  }

  private static String json(List<Trace> traces) {
    TracesData.Builder data = TracesData.newBuilder();
    try {
      for (Trace trace : traces) {
        for (ByteString spans : trace.spans) {
          data.addResourceSpans(ResourceSpans.parseFrom(spans));
        }
      }
      return traces.isEmpty() ? "" : JSON.print(data);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible); // it was packed here
    }
  }

  /** What protobuf's JSON, which has bytes in base64, prints as these hex digits. */
  private static ByteString printedAs(String hex) {
    return ByteString.copyFrom(Base64.getDecoder().decode(hex));
  }
}
