package sitecheck.tracestore;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceStoreTest {
  private static final int LARGE = 8_000_000;

  @Test
  void letsTheOldestTracesGoWhenItHasTooManySpans() throws IOException {
    TraceStore store = new TraceStore(10, 1 << 20);
    for (int from = 1; from <= 25; from += 5) {
      assertThat(store.keep(traces(from, from + 4, 0))).isZero();
    }

    assertThat(kept(store)).isEqualTo("16 17 18 19 20 21 22 23 24 25");
  }

  @Test
  void keepsTheSpansThatFitOfARequestLargerThanTheStore() throws IOException {
    TraceStore store = new TraceStore(10, 1 << 20);

    assertThat(store.keep(traces(1, 25, 0))).isZero();
    assertThat(kept(store)).isEqualTo("16 17 18 19 20 21 22 23 24 25");
  }

  @Test
  void letsTheOldestTracesGoWhenItHasTooManyBytes() throws IOException {
    TraceStore store = new TraceStore(1000, 64 << 20);
    for (int number = 1; number <= 13; number++) {
      assertThat(store.keep(traces(number, number, LARGE))).isZero();
    }

    assertThat(kept(store)).isEqualTo("6 7 8 9 10 11 12 13");
  }

  @Test
  void takesNoMoreThanASixthOfTheHeap() throws IOException {
    TraceStore store = new TraceStore(1000, Long.MAX_VALUE, 6 * (64 << 20));
    assertThat(store.keep(traces(1, 13, LARGE))).isZero();

    assertThat(kept(store)).isEqualTo("6 7 8 9 10 11 12 13");
  }

  @Test
  void countsTheOverheadOfSmallSpans() throws IOException {
    TraceStore store = new TraceStore(1_000_000, 100_000);

    store.keep(traces(1, 2000, 0));

    assertThat(kept(store).split(" ")).hasSizeBetween(200, 500);
  }

  @Test
  void refusesSpansOfATraceThatTakesAQuarterOfItAndKeepsTheOthers() throws IOException {
    TraceStore store = new TraceStore(1000, 64 << 20);
    store.keep(traces(1, 1, 0));

    assertThat(keep(store, 5, traces(2, 2, LARGE))).containsExactly(0, 0, 1, 1, 1);
    assertThat(store.keep(traces(3, 3, 3 * LARGE))).isEqualTo(1);
    assertThat(kept(store)).isEqualTo("1 2");
  }

  /** Each span gets a copy of its resource when it is converted for Zipkin's API. */
  @ParameterizedTest
  @CsvSource({"10, 10, 0", "5000, 0, 20000", "1, 500000, 20000"})
  void refusesSpansWhoseCopiesOfTheResourceWouldFillTheHeap(int attributes, int size, int refused)
      throws IOException {
    TraceStore store = new TraceStore(100_000, 40 << 20);
    Resource.Builder resource = Resource.newBuilder();
    for (int i = 0; i < attributes; i++) {
      AnyValue value = AnyValue.newBuilder().setStringValue("v".repeat(size)).build();
      resource.addAttributes(KeyValue.newBuilder().setKey("key" + i).setValue(value));
    }
    ScopeSpans.Builder spans = ScopeSpans.newBuilder();
    for (int id = 1; id <= 20_000; id++) {
      spans.addSpans(StoreClient.span("%032x".formatted(1), "%016x".formatted(id), ""));
    }
    ResourceSpans ofResource =
        ResourceSpans.newBuilder().setResource(resource).addScopeSpans(spans).build();

    assertThat(
            store.keep(ExportTraceServiceRequest.newBuilder().addResourceSpans(ofResource).build()))
        .isEqualTo(refused);
  }

  @Test
  void refusesSpansOfATraceThatHasAllSpansOfTheStore() throws IOException {
    TraceStore store = new TraceStore(2, 1 << 20);

    assertThat(keep(store, 3, traces(1, 1, 0))).containsExactly(0, 0, 1);
    assertThat(kept(store)).isEqualTo("1");
  }

  @Test
  void refusesSpansOfATraceThatWouldTakeAQuarterOfTheStoreWhenDecoded() throws IOException {
    TraceStore store = new TraceStore(1000, 100_000);
    Span.Builder span =
        traces(1, 1, 0).getResourceSpans(0).getScopeSpans(0).getSpans(0).toBuilder();
    for (int i = 0; i < 500; i++) {
      span.addAttributes(KeyValue.getDefaultInstance());
    }

    assertThat(keep(store, 4, StoreClient.request(span.build()))).containsExactly(0, 0, 1, 1);
  }

  /** A small request would otherwise be copied for a long time, with the store locked. */
  @ParameterizedTest
  @CsvSource({"4000000, 936", "20000000, 1000"})
  void refusesTheSpansOfMoreTracesThanItCanCopyTheirResourceFor(int size, int refused)
      throws IOException {
    TraceStore store = new TraceStore(1000, 64_000_000);
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    ResourceSpans.Builder ofResource =
        request.addResourceSpansBuilder().setSchemaUrl("u".repeat(size));
    traces(1, 1000, 0).getResourceSpansList().stream()
        .map(ofTrace -> ofTrace.getScopeSpans(0))
        .forEach(ofResource::addScopeSpans);

    assertThat(store.keep(request.build())).isEqualTo(refused);
  }

  /** Keeps a request several times; returns the number of spans refused each time. */
  private static List<Integer> keep(TraceStore store, int times, ExportTraceServiceRequest request)
      throws IOException {
    List<Integer> refused = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      refused.add(store.keep(request));
    }
    return refused;
  }

  /** Traces with one span each; the number of a trace is its id and time. */
  private static ExportTraceServiceRequest traces(int from, int to, int size) {
    return StoreClient.request(
        IntStream.rangeClosed(from, to)
            .mapToObj(
                number ->
                    StoreClient.span("%032x".formatted(number), "eee19b7ec3c1b101", "").toBuilder()
                        .setName("n".repeat(size))
                        .setStartTimeUnixNano(number)
                        .build())
            .toArray(Span[]::new));
  }

  private static String kept(TraceStore store) {
    return store
        .all()
        .map(trace -> trace.get(0).getScopeSpans(0).getSpans(0).getTraceId())
        .map(TraceStoreTest::number)
        .collect(joining(" "));
  }

  private static String number(ByteString traceId) {
    return String.valueOf(traceId.asReadOnlyByteBuffer().getInt(12));
  }
}
