package sitecheck.tracestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sitecheck.tracestore.StoreClient.PROTOBUF;
import static sitecheck.tracestore.StoreClient.settings;
import static sitecheck.tracestore.StoreClient.span;

import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceStoreTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @Test
  void letsTheOldestTracesGoWhenItIsFull() throws Exception {
    try (TraceStore store = TraceStore.start(withMaxSpans(10))) {
      StoreClient client = new StoreClient(store);
      for (int from = 1; from <= 25; from += 5) {
        client.post(PROTOBUF, StoreClient.request(tracesOfOneSpan(from, from + 4)).toByteArray());
      }

      assertThat(keptOf(client, 25)).containsExactly(IntStream.rangeClosed(16, 25).toArray());
    }
  }

  @Test
  void keepsWhatFitsOfARequestThatIsLargerThanTheStore() throws Exception {
    try (TraceStore store = TraceStore.start(withMaxSpans(10))) {
      StoreClient client = new StoreClient(store);
      byte[] request = StoreClient.request(tracesOfOneSpan(1, 25)).toByteArray();

      assertThat(client.post(PROTOBUF, request).statusCode()).isEqualTo(200);
      assertThat(keptOf(client, 25)).containsExactly(IntStream.rangeClosed(16, 25).toArray());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void namesThePortThatIsInUseAndLeavesNothingRunning(boolean otlp) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
      int free = freePort();
      int otlpPort = otlp ? taken.getLocalPort() : free;
      int uiPort = otlp ? free : taken.getLocalPort();

      assertThatThrownBy(
              () ->
                  TraceStore.start(
                      new TraceStore.Settings("127.0.0.1", otlpPort, uiPort, 10, 1000)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1 port " + taken.getLocalPort())
          .hasMessageContaining("in use")
          .hasCauseInstanceOf(BindException.class);
      assertFree(free);
    }
  }

  @Test
  void givesBothPortsBackWhenClosedAndCanBeClosedTwice() throws Exception {
    TraceStore store = TraceStore.start(settings());
    assertThat(store.otlpPort()).isPositive().isNotEqualTo(store.uiPort());

    store.close();

    assertFree(store.otlpPort());
    assertFree(store.uiPort());
    assertThatCode(store::close).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 9411, 1, 1, Ports must be 0 to 65535",
    "4318, 65536, 1, 1, Ports must be 0 to 65535",
    "9411, 9411, 1, 1, OTLP and UI cannot share port 9411",
    "4318, 9411, 0, 1, maxSpans must be at least 1",
    "4318, 9411, 1, 0, maxBodyBytes must be at least 1"
  })
  void refusesSettingsThatCannotWork(
      int otlpPort, int uiPort, int maxSpans, int maxBodyBytes, String reason) {
    assertThatThrownBy(
            () -> new TraceStore.Settings("127.0.0.1", otlpPort, uiPort, maxSpans, maxBodyBytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(reason);
  }

  private static TraceStore.Settings withMaxSpans(int maxSpans) {
    return new TraceStore.Settings("127.0.0.1", 0, 0, maxSpans, 1 << 20);
  }

  /** The number of a trace is its id and its time. */
  private static Span[] tracesOfOneSpan(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(
            number ->
                span(traceId(number), "eee19b7ec3c1b101", "").toBuilder()
                    .setStartTimeUnixNano(number * 1_000_000_000L)
                    .build())
        .toArray(Span[]::new);
  }

  private static int[] keptOf(StoreClient client, int sent) {
    return IntStream.rangeClosed(1, sent)
        .filter(number -> client.get("/api/v2/trace/" + traceId(number)).statusCode() == 200)
        .toArray();
  }

  private static String traceId(int number) {
    return "%032x".formatted(number);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      return socket.getLocalPort();
    }
  }

  private static void assertFree(int port) {
    assertThatCode(() -> new ServerSocket(port, 1, LOOPBACK).close()).doesNotThrowAnyException();
  }
}
