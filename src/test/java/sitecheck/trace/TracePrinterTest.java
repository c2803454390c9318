package sitecheck.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TracePrinterTest {

  private final List<String> printed = new CopyOnWriteArrayList<>();
  private final Semaphore mayPrint = new Semaphore(0);
  private final CountDownLatch printing = new CountDownLatch(1);
  private final TracePrinter printer =
      new TracePrinter(
          () -> "trace ",
          tree -> {
            printing.countDown();
            mayPrint.acquireUninterruptibly();
            printed.add(tree);
          });
  private final Tracer tracer =
      SdkTracerProvider.builder().addSpanProcessor(printer).build().get("test");

  private Span start(String name, Span parent) {
    return tracer.spanBuilder(name).setParent(Context.root().with(parent)).startSpan();
  }

  private Span start(String name) {
    return start(name, Span.getInvalid());
  }

  @Test
  void aTraceIsPrintedOnceAndWholeWhenItsLastSpanEnds() {
    mayPrint.release(100);
    Span root = start("root");
    Span child = start("child", root);
    root.end();
    Span grandchild = start("grandchild", child);
    child.end();
    grandchild.end();

    printer.finish();

    assertThat(printed).hasSize(1);
    assertThat(printed.get(0)).containsSubsequence("root", "child", "grandchild");
  }

  @Test
  void theEndOfASpanNeverWaitsAndTracesAreLeftOutInstead() throws InterruptedException {
    start("blocks the printing").end();
    printing.await();
    for (int i = 0; i < 30; i++) {
      start("number " + i).end();
    }

    mayPrint.release(100);
    printer.finish();

    assertThat(String.join("", printed))
        .contains("blocks the printing", "number 19")
        .doesNotContain("number 20");
  }

  @Test
  void finishedRequestsMakeRoomForMore() {
    mayPrint.release(10_000);

    for (int i = 1; i <= 1500; i++) {
      start("one of many").end();
      while (printed.size() < i) {
        Thread.onSpinWait();
      }
    }

    assertThat(printed).hasSize(1500);
  }

  @Test
  void tracesThatNeverEndAreNotGatheredWithoutBound() {
    mayPrint.release(100);
    List<Span> open = new ArrayList<>();
    for (int i = 0; i <= 1000; i++) {
      open.add(start("number " + i));
    }
    open.get(1000).end();
    open.get(0).end();

    printer.finish();

    assertThat(String.join("", printed)).contains("number 0").doesNotContain("number 1000");
  }

  @Test
  void ofATraceWithVeryManySpansTheFirstFiveHundredAreKept() {
    mayPrint.release(100);
    Span root = start("root");
    for (int i = 0; i < 600; i++) {
      start("child", root).end();
    }
    root.end();

    printer.finish();

    assertThat(printed.get(0).lines().filter(line -> line.contains("child"))).hasSize(500);
  }
}
