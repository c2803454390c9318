package sitecheck.page;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import sitecheck.page.Comparison.Run;
import sitecheck.problem.ProblemException;
import sitecheck.trace.Span;
import sitecheck.trace.Trace;

/**
 * What the page shows: it asks main, the trace store and the log. Eight requests at a time wait for
 * an answer; one more is answered with 503, so that main's own requests have their workers. Safe
 * for many threads.
 */
public final class Page {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STORE = "the trace store (traces.query.url)";
  private static final Pattern SAMPLED =
      Pattern.compile("00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f][13579bdf]");

  private final Semaphore room = new Semaphore(8);
  private final AtomicBoolean warm = new AtomicBoolean();
  private final String store;
  private final Duration settleTime;
  private final String ui;

  /**
   * A page for the traces of a store, ours or Jaeger's.
   *
   * @param settleTime how long no span of a trace comes when all have, in milliseconds
   * @param ui where a trace has a page of its own, its id left out
   */
  public Page(String store, long settleTime, String ui) {
    this.store = store + "/api/v3/traces";
    this.settleTime = Duration.ofMillis(settleTime);
    this.ui = ui;
  }

  /** Asks for both sites, one after the other and at once: as JSON where that is asked for. */
  public void compare(Exchange exchange) throws Exception {
    HttpServerRequest request = exchange.getMessage(HttpMessage.class).getRequest();
    if (request.isSSL()) {
      throw new ProblemException(
          501, "/compare does not work where main has a certificate: it asks main over http");
    }
    Comparison comparison = limited(() -> compare(exchange.getContext()));
    String accept = request.getHeader("Accept");
    boolean json = accept != null && accept.contains("application/json");
    Message answer = exchange.getMessage();
    answer.setHeader("Content-Type", json ? "application/json" : "text/plain; charset=utf-8");
    answer.setBody(json ? JSON.writeValueAsBytes(comparison) : comparison.text());
  }

  private Comparison compare(CamelContext context) throws InterruptedException {
    if (warm.compareAndSet(false, true)) {
      main(context, "/check-sites-v2"); // with the first, the JVM loads what it needs
    }
    Answer first = main(context, "/check-sites");
    Answer second = main(context, "/check-sites-v2");
    return Comparison.of(run("/check-sites", first), run("/check-sites-v2", second));
  }

  private static Answer main(CamelContext context, String path) throws InterruptedException {
    String url = context.resolvePropertyPlaceholders("http://{{main.host}}:{{main.port}}" + path);
    return Answer.of("main", HttpRequest.newBuilder(URI.create(url)));
  }

  private Run run(String path, Answer answer) throws InterruptedException {
    Matcher sampled = SAMPLED.matcher(answer.headers().firstValue("traceresponse").orElse(""));
    if (sampled.matches()) {
      Trace trace = Trace.of(spans(sampled.group(1)), ui);
      return new Run(path, answer.status(), answer.body(), trace);
    }
    if (answer.status() == 503) {
      throw new ProblemException(503, "main is overloaded: ask again when it has less to do");
    }
    throw new ProblemException("main's traces are not sampled: set otel.traces.sampler");
  }

  /** A trace, when all of it has come. */
  public Trace trace(@Header("traceId") String traceId) throws Exception {
    check(traceId);
    return limited(() -> Trace.of(spans(traceId), ui));
  }

  /** Which service has called which in the last 15 minutes, in main's latest 100 traces. */
  public Graph graph() throws Exception {
    Instant now = Instant.now();
    String query =
        "?query.service_name=main&query.start_time_min=%s&query.start_time_max=%s&query.num_traces=100"
            .formatted(now.minus(Duration.ofMinutes(15)), now);
    List<Span> spans = limited(() -> ask(query));
    return Graph.of(spans.stream().collect(groupingBy(Span::traceId)).values());
  }

  /** Passes on what the log answers about a trace. */
  public void log(@Header("traceId") String traceId, Message message) throws Exception {
    check(traceId);
    String url = "http://{{log.host}}:{{log.port}}/api/log?traceId=" + traceId;
    String resolved = message.getExchange().getContext().resolvePropertyPlaceholders(url);
    Answer answer = limited(() -> Answer.of("log", Answer.unsampled(resolved)));
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, answer.status());
    message.setHeader("Content-Type", answer.headers().firstValue("Content-Type").orElse(null));
    message.setBody(answer.body());
  }

  /** The spans of a trace when all parents are there and no more come, or after five seconds. */
  private List<Span> spans(String traceId) throws InterruptedException {
    Instant changed = Instant.now();
    Instant end = changed.plusSeconds(5);
    List<Span> spans = List.of();
    while (Instant.now().isBefore(end)
        && (!isWhole(spans) || Instant.now().isBefore(changed.plus(settleTime)))) {
      Thread.sleep(50);
      List<Span> now = ask("/" + traceId);
      changed = now.size() == spans.size() ? changed : Instant.now();
      spans = now;
    }
    if (spans.isEmpty()) {
      throw new ProblemException(504, STORE + " has no span of " + traceId);
    }
    return spans;
  }

  private static boolean isWhole(List<Span> spans) {
    Set<String> ids = spans.stream().map(Span::id).collect(toSet());
    return spans.stream().filter(span -> !ids.contains(span.parentId())).count() == 1;
  }

  private List<Span> ask(String query) throws InterruptedException {
    Answer answer = Answer.of(STORE, Answer.unsampled(store + query));
    if (answer.status() == 404) {
      return List.of();
    }
    if (answer.status() != 200) {
      throw new ProblemException(502, STORE + " answered with status " + answer.status());
    }
    try {
      return Span.of(JSON.readTree(answer.body()).path("result"));
    } catch (JsonProcessingException e) {
      throw new ProblemException(502, STORE + " answered with what is no trace");
    }
  }

  private <T> T limited(Callable<T> question) throws Exception {
    if (!room.tryAcquire()) {
      throw new ProblemException(503, "the page has too many requests: ask again in some seconds");
    }
    try {
      return question.call();
    } finally {
      room.release();
    }
  }

  private static void check(String traceId) {
    if (traceId == null || !traceId.matches("[0-9a-f]{32}")) {
      throw new ProblemException("traceId must have 32 lower-case hex digits");
    }
  }
}
