package sitecheck.page;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static sitecheck.problem.ProblemException.require;

import io.vertx.core.json.Json;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.BeanInject;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import sitecheck.page.Comparison.Run;
import sitecheck.problem.ProblemException;
import sitecheck.service.Settings;
import sitecheck.trace.Span;
import sitecheck.trace.Trace;

/** Gets what the page shows from main, the trace store and the log. Thread-safe. */
public final class Page {
  private static final String STORE = "the trace store (traces.jaeger or traces.query.url)";
  private static final Pattern SAMPLED =
      Pattern.compile("00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f][13579bdf]");

  private final AtomicBoolean warm = new AtomicBoolean();
  @BeanInject private CamelContext context;

  /** A trace, and the services with spans that have not arrived. */
  public record Found(Trace trace, List<String> missing) {}

  /** Compares a sequential and a parallel request: as text, or as JSON if the client accepts it. */
  public void compare(Exchange exchange) throws Exception {
    var request = exchange.getMessage(HttpMessage.class).getRequest();
    if (request.isSSL()) {
      throw new ProblemException(
          501, "/compare does not work if main has a certificate: it calls main over http");
    }
    if (warm.compareAndSet(false, true)) {
      main("/check-sites-v2"); // the JVM loads classes in the first request
    }
    Answer first = main("/check-sites");
    Answer second = main("/check-sites-v2");
    var comparison = Comparison.of(run("/check-sites", first), run("/check-sites-v2", second));
    boolean json = Objects.toString(request.getHeader("Accept"), "").contains("application/json");
    var answer = exchange.getMessage();
    answer.setHeader("Content-Type", json ? "application/json" : "text/plain; charset=utf-8");
    answer.setBody(json ? Json.encode(comparison) : comparison.text());
  }

  private Answer main(String path) throws InterruptedException {
    String url = context.resolvePropertyPlaceholders("http://{{main.host}}:{{main.port}}" + path);
    return Answer.of("main", HttpRequest.newBuilder(URI.create(url)));
  }

  private Run run(String path, Answer answer) throws InterruptedException {
    var sampled = SAMPLED.matcher(answer.headers().firstValue("traceresponse").orElse(""));
    if (sampled.matches()) {
      Found found = find(sampled.group(1));
      return new Run(path, answer.status(), answer.body(), found.trace, found.missing);
    }
    require(answer.status() != 503, 503, "main is overloaded: try again later");
    throw new ProblemException("main's traces are not sampled: set otel.traces.sampler");
  }

  /** A trace once it is complete, or the spans that have arrived after eight settle times. */
  public Found trace(@Header("traceId") String traceId) throws Exception {
    check(traceId);
    return find(traceId);
  }

  /**
   * The calls between services in main's latest 100 traces of the last 15 minutes, or in fewer
   * traces if the answer would be too large.
   */
  public Graph graph() throws Exception {
    Instant now = Instant.now();
    String query =
        "?query.service_name=main&query.start_time_min=%s&query.start_time_max=%s&query.num_traces="
            .formatted(now.minus(Duration.ofMinutes(15)), now);
    for (int traces = 100; ; traces /= 10) {
      try {
        List<Span> spans = ask(query + traces);
        return Graph.of(spans.stream().collect(groupingBy(Span::traceId)).values());
      } catch (Answer.TooLong e) {
        if (traces == 1) {
          throw e;
        }
      }
    }
  }

  /** Passes on the log's entries of a trace. */
  public void log(@Header("traceId") String traceId, Message message) throws Exception {
    check(traceId);
    String url = "http://{{log.host}}:{{log.port}}/api/log?traceId=" + traceId;
    Answer answer = Answer.of("log", Answer.unsampled(context, url));
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, answer.status());
    message.setHeader("Content-Type", answer.headers().firstValue("Content-Type").orElse(null));
    message.setBody(answer.body());
  }

  private Found find(String traceId) throws InterruptedException {
    long settleTime = Long.parseLong(context.resolvePropertyPlaceholders("{{traces.settle.time}}"));
    Instant end = Instant.now().plusMillis(8 * settleTime);
    Instant settled = end; // when the trace counts as complete, unless another span arrives
    List<Span> spans = List.of();
    List<String> missing = List.of();
    while (Instant.now().isBefore(missing.isEmpty() ? settled : end)) {
      Thread.sleep(50);
      List<Span> now = ask("/" + traceId);
      if (now.size() > spans.size()) {
        settled = Instant.now().plusMillis(settleTime);
        spans = now;
        missing = missing(spans);
      }
    }
    require(!spans.isEmpty(), 504, STORE + " has no span of " + traceId);
    String ui = context.resolvePropertyPlaceholders("{{traces.ui.trace}}");
    return new Found(Trace.of(spans, ui), missing);
  }

  /** The services with missing spans: callees of successful calls, and callers. */
  private List<String> missing(List<Span> spans) {
    var ids = spans.stream().map(Span::id).collect(toSet());
    var parents = spans.stream().map(Span::parentId).collect(toSet());
    Stream<String> callees =
        spans.stream()
            .filter(span -> span.kind().equals("CLIENT") && span.failure() == null)
            .filter(span -> !parents.contains(span.id()))
            .flatMap(span -> Settings.serviceAt(context, Graph.address(span)).stream())
            .filter(name -> !name.matches("sites|traces")); // they make no spans
    Stream<String> callers =
        spans.stream()
            .filter(span -> !span.parentId().isEmpty() && !ids.contains(span.parentId()))
            .filter(span -> !(span.service().equals("main") && span.kind().equals("SERVER")))
            .map(span -> "the caller of " + span.service());
    return Stream.concat(callees, callers).distinct().sorted().toList();
  }

  private List<Span> ask(String query) throws InterruptedException {
    String url = "{{traces.query.url}}/api/v3/traces" + query;
    Answer answer = Answer.of(STORE, Answer.unsampled(context, url));
    if (answer.status() == 404) {
      return List.of();
    }
    require(answer.status() == 200, 502, STORE + " answered with status " + answer.status());
    return Span.of(answer.json(STORE).path("result"));
  }

  private static void check(String traceId) {
    boolean valid = traceId != null && traceId.matches("[0-9a-f]{32}");
    require(valid, "traceId must have 32 lower-case hex digits");
  }
}
