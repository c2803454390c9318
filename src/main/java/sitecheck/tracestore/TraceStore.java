package sitecheck.tracestore;

import static java.util.stream.Collectors.groupingBy;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The latest traces, in memory, packed as OTLP. Not thread-safe: a caller holds the store's lock,
 * even while it decodes spans, so that only one request at a time needs memory for that.
 */
public final class TraceStore {
  static final String REFUSED =
      "Spans were refused: a trace id must have 16 bytes, a span id and a parent's id 8, not all 0;"
          + " a trace may take a quarter of the store; and a request, with a copy of its resource in"
          + " each trace, four times the store";

  /** A trace, or the result of a query, takes at most this part of the store. */
  private static final int PART = 4;

  /** About how much heap packed spans need beside their bytes. */
  private static final int OVERHEAD = 200;

  /** What a part of a span counts beside its bytes. Decoded, it takes about four times that. */
  private static final int PART_OVERHEAD = 16;

  /**
   * The spans of a trace.
   *
   * @param copied how much more the spans need while they are converted to Zipkin's, which have a
   *     copy of the resource each
   */
  private record Trace(ByteString packed, int spans, long bytes, long copied, long start) {
    static final Trace EMPTY = new Trace(ByteString.EMPTY, 0, 0, 0, Long.MAX_VALUE);

    Trace and(Trace added) {
      return new Trace(
          packed.concat(added.packed), // in protobuf, that appends the lists
          spans + added.spans,
          bytes + added.bytes,
          copied + added.copied,
          Math.min(start, added.start));
    }

    long converted() {
      return bytes + copied;
    }

    List<ResourceSpans> unpack() {
      try {
        return ExportTraceServiceRequest.parseFrom(packed).getResourceSpansList();
      } catch (IOException e) {
        throw new UncheckedIOException(e); // it was packed here
      }
    }
  }

  private final Map<ByteString, Trace> traces = new LinkedHashMap<>();
  private final int maxSpans;
  private final long maxBytes;
  private int spans;
  private long bytes;

  /**
   * Limits spans and, approximately, bytes of heap; beyond that the oldest traces are dropped. More
   * than a sixth of the heap is never used: the services and queries need the rest.
   */
  public TraceStore(int maxSpans, long maxBytes) {
    this(maxSpans, maxBytes, Runtime.getRuntime().maxMemory());
  }

  TraceStore(int maxSpans, long maxBytes, long heap) {
    this.maxSpans = maxSpans;
    this.maxBytes = Math.min(maxBytes, heap / 6);
  }

  /** Stores the spans of a request; returns how many are {@link #REFUSED}. */
  int keep(ExportTraceServiceRequest request) throws IOException {
    int refused = 0;
    long packed = 0;
    for (ResourceSpans ofResource : request.getResourceSpansList()) {
      for (ScopeSpans ofScope : ofResource.getScopeSpansList()) {
        List<Span> valid = ofScope.getSpansList().stream().filter(TraceStore::hasIds).toList();
        refused += ofScope.getSpansCount() - valid.size();
        for (var ofTrace : valid.stream().collect(groupingBy(Span::getTraceId)).entrySet()) {
          // Each trace gets a copy of its resource: a small request may become a huge one.
          boolean taken = packed <= PART * maxBytes;
          if (taken) {
            Trace added = pack(ofResource, ofScope, ofTrace.getValue());
            packed += added.bytes;
            taken = add(ofTrace.getKey(), added);
          }
          refused += taken ? 0 : ofTrace.getValue().size();
        }
      }
    }
    return refused;
  }

  private static boolean hasIds(Span span) {
    return span.getTraceId().size() == 16
        && span.getSpanId().size() == 8
        && !isNone(span.getTraceId())
        && !isNone(span.getSpanId())
        && (isNone(span.getParentSpanId()) || span.getParentSpanId().size() == 8);
  }

  /** Whether an id is empty or all zero; some exporters send zeros for no parent. */
  static boolean isNone(ByteString id) {
    return id.equals(ByteString.copyFrom(new byte[id.size()]));
  }

  /** Packs spans of one trace. */
  private static Trace pack(ResourceSpans ofResource, ScopeSpans ofScope, List<Span> spans)
      throws IOException {
    ScopeSpans.Builder ofTrace = ofScope.toBuilder().clearSpans().addAllSpans(spans);
    ByteString packed =
        ExportTraceServiceRequest.newBuilder()
            .addResourceSpans(ofResource.toBuilder().clearScopeSpans().addScopeSpans(ofTrace))
            .build()
            .toByteString();
    long parts = Otlp.parts(packed.newCodedInput());
    long size = packed.size() + OVERHEAD + parts * PART_OVERHEAD;
    var starts = spans.stream().mapToLong(Span::getStartTimeUnixNano).filter(start -> start > 0);
    Resource resource = ofResource.getResource();
    long copied =
        resource.getAttributesCount() * PART_OVERHEAD
            + (resource.getSerializedSize() + ofScope.getScope().getSerializedSize()) / 4L;
    return new Trace(
        packed, spans.size(), size, copied * spans.size(), starts.min().orElse(Long.MAX_VALUE));
  }

  /** Adds spans to a trace; returns false if the trace would become too large. */
  private boolean add(ByteString id, Trace added) {
    Trace trace = traces.getOrDefault(id, Trace.EMPTY).and(added);
    if (trace.converted() > maxBytes / PART || trace.spans > maxSpans) {
      return false;
    }
    traces.put(id, trace);
    spans += added.spans;
    bytes += added.bytes;
    var oldest = traces.values().iterator();
    while (spans > maxSpans || bytes > maxBytes) {
      Trace gone = oldest.next();
      oldest.remove();
      spans -= gone.spans;
      bytes -= gone.bytes;
    }
    return true;
  }

  /** All traces, oldest first. */
  Stream<List<ResourceSpans>> all() {
    return traces.values().stream().map(Trace::unpack);
  }

  /** The spans of a trace; none if the store does not have it. */
  List<ResourceSpans> find(ByteString traceId) {
    return traces.getOrDefault(traceId, Trace.EMPTY).unpack();
  }

  /**
   * The wanted traces that began within a time, in nanoseconds since the epoch, latest first; not
   * more than the limit, nor than a part of the store.
   */
  Stream<List<ResourceSpans>> find(
      long limit, long from, long to, Predicate<List<ResourceSpans>> wanted) {
    AtomicLong size = new AtomicLong();
    return traces.values().stream()
        .filter(trace -> trace.start >= from && trace.start <= to)
        .sorted(Comparator.comparing(Trace::start).reversed())
        .filter(trace -> wanted.test(trace.unpack()))
        .limit(limit)
        .takeWhile(trace -> size.getAndAdd(trace.converted()) < maxBytes / PART)
        .map(Trace::unpack);
  }
}
