package sitecheck.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.opentelemetry.api.trace.Tracer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import sitecheck.Callee;

/** What is said of spans that nobody takes: enough, and not for each. */
class SpanCountTest {

  private final Logger logger = (Logger) LoggerFactory.getLogger(SpanCount.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Callee receiver = new Callee();
  private Tracing tracing;

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
    tracing =
        Tracing.of(
            "test",
            true,
            Map.of(
                "otel.exporter.otlp.protocol", "http/protobuf",
                "otel.exporter.otlp.endpoint", "http://127.0.0.1:" + receiver.port(),
                "otel.metrics.exporter", "none",
                "otel.logs.exporter", "none",
                "otel.bsp.max.queue.size", "128",
                "otel.bsp.max.export.batch.size", "10",
                "otel.bsp.schedule.delay", "10"),
            null);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
    receiver.close();
  }

  private void span() {
    Map<String, Object> bound = new HashMap<>();
    tracing.bindTo(bound::put);
    ((Tracer) bound.get("tracer")).spanBuilder("span").startSpan().end();
  }

  private void spanThatIsSent() {
    span();
    receiver.takeRequest();
  }

  private String said() {
    return String.join("\n", lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
  }

  @Test
  void nothingIsSaidWhenAllAreTaken() {
    receiver.answers(200, "");
    spanThatIsSent();

    tracing.shutdown().join();

    assertThat(said()).isEmpty();
  }

  @Test
  void whenItBeginsWhenItIsOverAndInTheEnd() {
    receiver.answers(400, "");
    spanThatIsSent();
    spanThatIsSent();
    await().untilAsserted(() -> assertThat(said()).startsWith("test: spans are not taken: "));
    receiver.answers(200, "");
    spanThatIsSent();
    await().untilAsserted(() -> assertThat(said()).endsWith("test: spans are taken again"));

    tracing.shutdown().join();

    assertThat(said())
        .contains("refuses")
        .hasLineCount(3)
        .endsWith("test: 2 of 3 spans were not taken");
  }

  /** Were one to wait for the receiver, this would not come to its end. */
  @Test
  void noSpanWaitsForAReceiverThatHangsAndNoMoreAreKeptThanTheQueueHolds() {
    CountDownLatch release = new CountDownLatch(1);
    receiver.answersAfter(release);
    spanThatIsSent();
    for (int i = 0; i < 999; i++) {
      span();
    }
    release.countDown();
    await().untilAsserted(() -> assertThat(said()).endsWith("and some are lost"));

    tracing.shutdown().join();

    // What was on its way, a batch that waited for it, and a full queue.
    assertThat(said())
        .hasLineCount(2)
        .matches("(?s).*test: (86|87)\\d of 1000 spans were not taken");
  }
}
