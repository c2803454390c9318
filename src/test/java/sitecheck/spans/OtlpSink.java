package sitecheck.spans;

import static java.util.stream.Collectors.groupingBy;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import sitecheck.contract.CapturedSpan;
import sitecheck.contract.HttpRules;

/** Receives spans as OTLP over HTTP, and keeps them unchanged. */
public final class OtlpSink implements AutoCloseable {

  private static final HttpRules RULES = new HttpRules("/conventions/ours.csv");

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<CapturedSpan> spans = new ConcurrentLinkedQueue<>();
  private final HttpServer server;

  /** Listens on a free port. */
  public OtlpSink() {
    this("127.0.0.1", 0);
  }

  public OtlpSink(String host, int port) {
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** All spans so far, in the order of their arrival. */
  public List<CapturedSpan> spans() {
    return List.copyOf(spans);
  }

  /** All spans so far, by trace id. */
  public Map<String, List<CapturedSpan>> traces() {
    return spans.stream().collect(groupingBy(CapturedSpan::traceId));
  }

  /** All violations of the conventions in the spans so far. */
  public List<String> violations() {
    return spans.stream().flatMap(span -> RULES.violations(span).stream()).toList();
  }

  private void take(HttpExchange request) throws IOException {
    var received = ExportTraceServiceRequest.parseFrom(request.getRequestBody().readAllBytes());
    for (ResourceSpans ofResource : received.getResourceSpansList()) {
      Resource resource = Resource.create(attributes(ofResource.getResource().getAttributesList()));
      for (ScopeSpans ofScope : ofResource.getScopeSpansList()) {
        ofScope.getSpansList().forEach(span -> spans.add(span(resource, span)));
      }
    }
    request.sendResponseHeaders(200, -1);
    request.close();
  }

  private static CapturedSpan span(Resource resource, Span span) {
    return new CapturedSpan(
        TestSpanData.builder()
            .setResource(resource)
            .setSpanContext(context(span.getTraceId(), span.getSpanId(), false))
            .setParentSpanContext(
                context(span.getTraceId(), span.getParentSpanId(), (span.getFlags() & 0x200) > 0))
            .setName(span.getName())
            .setKind(SpanKind.values()[Math.max(0, span.getKindValue() - 1)])
            .setStatus(
                StatusData.create(
                    List.of(StatusCode.UNSET, StatusCode.OK, StatusCode.ERROR)
                        .get(span.getStatus().getCodeValue()),
                    span.getStatus().getMessage()))
            .setStartEpochNanos(span.getStartTimeUnixNano())
            .setEndEpochNanos(span.getEndTimeUnixNano())
            .setHasEnded(true)
            .setAttributes(attributes(span.getAttributesList()))
            .setEvents(
                span.getEventsList().stream()
                    .map(
                        event ->
                            EventData.create(
                                event.getTimeUnixNano(),
                                event.getName(),
                                attributes(event.getAttributesList())))
                    .toList())
            .build());
  }

  private static SpanContext context(ByteString trace, ByteString span, boolean remote) {
    HexFormat hex = HexFormat.of();
    String traceId = hex.formatHex(trace.toByteArray());
    String spanId = hex.formatHex(span.toByteArray());
    return remote
        ? SpanContext.createFromRemoteParent(
            traceId, spanId, TraceFlags.getSampled(), TraceState.getDefault())
        : SpanContext.create(traceId, spanId, TraceFlags.getSampled(), TraceState.getDefault());
  }

  private static Attributes attributes(List<KeyValue> received) {
    AttributesBuilder attributes = Attributes.builder();
    for (KeyValue one : received) {
      switch (one.getValue().getValueCase()) {
        case STRING_VALUE -> attributes.put(one.getKey(), one.getValue().getStringValue());
        case INT_VALUE -> attributes.put(one.getKey(), one.getValue().getIntValue());
        case BOOL_VALUE -> attributes.put(one.getKey(), one.getValue().getBoolValue());
        default -> attributes.put(one.getKey(), one.getValue().toString());
      }
    }
    return attributes.build();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
