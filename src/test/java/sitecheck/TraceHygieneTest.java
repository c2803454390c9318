package sitecheck;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sitecheck.spans.HttpRules;
import sitecheck.spans.OpenScopes;
import sitecheck.spans.OtlpSink;
import sitecheck.spans.ReceivedSpan;
import sitecheck.spans.TraceDrawing;

/** Many requests at once: each has its whole trace, and nothing of another's. */
class TraceHygieneTest {

  private static final int REQUESTS = 2000;
  private static final int CONNECTIONS = 32;

  /** Each service reads the clock for itself, once a request, and may be interrupted at that. */
  private static final long SLACK = Duration.ofMillis(50).toNanos();

  private final Map<String, String> settings = Ports.settings();

  @ParameterizedTest
  @CsvSource({"/check-sites, sequential.txt", "/check-sites-v2, parallel-v2.txt"})
  void everyRequestHasOneTraceOfTheOneShapeAndLeavesNothingOpen(String path, String contract)
      throws Exception {
    settings.put("sites.delay", "0");
    // On a slow machine no answer may come too late.
    for (String called : List.of("connect", "site", "log", "checker", "check-sites", "upstream")) {
      settings.put(called + ".timeout", "60000");
    }
    try (OtlpSink sink = new OtlpSink()) {
      settings.put("traces.port", String.valueOf(sink.port()));
      PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
      try (SiteCheck system = new SiteCheck(List.of(), settings, nowhere)) {
        system.start();
        ask("http://127.0.0.1:" + settings.get("main.port") + path);
        // On a slow machine the last ones are not sent in the time that stopping has for it.
        long spans = REQUESTS * tree(contract).lines().count();
        await().atMost(Duration.ofMinutes(1)).until(() -> sink.spans().size() >= spans);
      }

      TraceDrawing drawing = new TraceDrawing(false, false, line -> Ports.named(settings, line));
      Map<String, Long> shapes =
          sink.traces().values().stream()
              .collect(groupingBy(trace -> drawing.draw(List.of(trace)), counting()));
      assertThat(shapes).isEqualTo(Map.of(tree(contract), (long) REQUESTS));
      assertThat(sink.traces().values()).flatExtracting(TraceHygieneTest::outside).isEmpty();
      assertThat(sink.spans()).flatExtracting(HttpRules::violations).isEmpty();
    }
    await().untilAsserted(() -> assertThat(OpenScopes.now()).isEmpty()); // pools may still end
  }

  private static void ask(String url) throws Exception {
    ExecutorService connections = Executors.newFixedThreadPool(CONNECTIONS);
    List<Future<Integer>> statuses = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      statuses.add(connections.submit(() -> Http.get(url).statusCode()));
    }
    for (Future<Integer> status : statuses) {
      assertThat(status.get()).isEqualTo(200);
    }
    connections.shutdown();
  }

  /** The spans that begin before their parent does, or end after it. */
  private static List<String> outside(List<ReceivedSpan> trace) {
    Map<String, ReceivedSpan> byId =
        trace.stream().collect(toMap(ReceivedSpan::id, Function.identity()));
    List<String> outside = new ArrayList<>();
    for (ReceivedSpan span : trace) {
      ReceivedSpan parent = byId.getOrDefault(span.parentId(), span);
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

  /** That of the contract; whether the legs overlap is up to chance when they take no time. */
  private static String tree(String contract) throws IOException {
    String text = Files.readString(Path.of("src/test/resources/traces", contract));
    return text.split("\n\n", 4)[3].replaceAll("∥ (\\S+)", "$1  ");
  }
}
