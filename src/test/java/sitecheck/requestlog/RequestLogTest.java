package sitecheck.requestlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RequestLogTest {

  @Test
  void manyThreadsAtOnceLoseAndBreakNothing() {
    RequestLog log = new RequestLog(1000);
    Check check = new Check("service1", "baidu", true, null, null, null);

    IntStream.range(0, 20_000).parallel().forEach(i -> log.keep(check, null, null));

    assertThat(log.find(null, "1000")).hasSize(1000).doesNotContainNull();
  }

  @Test
  void findsAHundredUnlessToldOtherwise() {
    RequestLog log = new RequestLog(1000);
    for (int i = 0; i < 200; i++) {
      log.keep(new Check("service1", "baidu", true, null, null, null), null, null);
    }

    assertThat(log.find(null, null)).hasSize(100);
  }

  @Test
  void findsTheChecksOfATrace() {
    RequestLog log = new RequestLog(1000);
    Check check = new Check("service1", "baidu", true, null, null, null);
    log.keep(check, "a", "1");
    log.keep(check, "b", "2");
    log.keep(check, "a", "3");
    log.keep(check, null, null);

    assertThat(log.find("a", null)).extracting(Check::spanId).containsExactly("3", "1");
    assertThat(log.find("a", "1")).extracting(Check::spanId).containsExactly("3");
    assertThat(log.find("c", null)).isEmpty();
  }
}
