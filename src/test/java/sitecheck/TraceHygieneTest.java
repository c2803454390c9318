package sitecheck;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sitecheck.contract.CapturedSpan;
import sitecheck.contract.TraceContract;

/** Many requests at once: each has a complete trace, without spans of another request. */
class TraceHygieneTest {

  @RegisterExtension
  static final TraceContract traces =
      new TraceContract().rules("/conventions/ours.csv").within(Duration.ofMinutes(1));

  /** Each service reads the clock once for each request, and may lose the processor meanwhile. */
  private static final long SLACK = Duration.ofSeconds(1).toNanos();

  private final Map<String, String> settings = Ports.settings();

  @ParameterizedTest
  @CsvSource({"/check-sites, sequential", "/check-sites-v2, parallel-v2"})
  void everyRequestHasOneTraceOfTheOneShapeAndLeavesNothingOpen(String path, String contract)
      throws Exception {
    settings.put("sites.delay", "0");
    // Long, so that no answer is too late on a slow machine.
    for (String called : List.of("connect", "site", "log", "checker", "check-sites", "upstream")) {
      settings.put(called + ".timeout", "60000");
    }
    traces.naming(line -> Ports.named(settings, line));
    String url = "http://127.0.0.1:" + settings.get("main.port") + path;
    List<CapturedSpan> spans;
    try (SiteCheck system = Launcher.inThisJvm(List.of(), settings)) {
      spans =
          traces.verify(
              contract, 2000, () -> assertThat(Http.get(url).statusCode()).isEqualTo(200));
    }
    assertThat(spans.stream().collect(groupingBy(CapturedSpan::traceId)).values())
        .flatExtracting(TraceHygieneTest::outside)
        .isEmpty();
  }

  /** The spans that begin before their parent or end after it. */
  private static List<String> outside(List<CapturedSpan> trace) {
    Map<String, CapturedSpan> byId =
        trace.stream().collect(toMap(CapturedSpan::id, Function.identity()));
    List<String> outside = new ArrayList<>();
    for (CapturedSpan span : trace) {
      CapturedSpan parent = byId.getOrDefault(span.parentId(), span);
      long slack = parent.service().equals(span.service()) ? 0 : SLACK;
      long early = parent.start() - span.start();
      long late = span.end() - parent.end();
      if (early > slack || late > slack) {
        outside.add(
            "%s %s: %d ns early, %d ns late".formatted(span.service(), span.name(), early, late));
      }
    }
    return outside;
  }
}
