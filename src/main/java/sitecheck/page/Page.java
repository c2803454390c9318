package sitecheck.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import sitecheck.page.Comparison.Run;

/** What the page shows: it asks main, the trace store and the log. Safe for many threads. */
public final class Page {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern TRACE_ID = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern SAMPLED =
      Pattern.compile("00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f][13579bdf]");
  private static final Duration LAST_MINUTES = Duration.ofMinutes(15);

  private final HttpCalls calls = new HttpCalls();
  private final AtomicBoolean warm = new AtomicBoolean();
  private final TraceQuery traces;
  private final String main;
  private final String log;
  private final String ui;

  /**
   * @param main where main answers, the others too without a path
   * @param log where the log does
   * @param store that has the traces
   * @param ui where a trace's own page is, its id left out
   * @param quiet how long no span of a trace comes when all have, in milliseconds
   */
  public Page(String main, String log, String store, String ui, long quiet) {
    this.main = main;
    this.log = log;
    this.ui = ui;
    traces = new TraceQuery(calls, store, Duration.ofMillis(quiet));
  }

  /** Asks for both sites, one after the other and at once: as JSON where that is asked for. */
  public void compare(Exchange exchange) throws IOException {
    String accept = exchange.getMessage(HttpMessage.class).getRequest().getHeader("Accept");
    if (warm.compareAndSet(false, true)) {
      calls.request(main + "/check-sites-v2"); // with the first, the JVM loads what it needs
    }
    HttpResponse<String> first = calls.request(main + "/check-sites");
    HttpResponse<String> second = calls.request(main + "/check-sites-v2");
    Comparison comparison = Comparison.of(run(first), run(second));
    boolean json = accept != null && accept.contains("application/json");
    Message answer = exchange.getMessage();
    answer.setHeader("Content-Type", json ? "application/json" : "text/plain; charset=utf-8");
    answer.setBody(json ? JSON.writeValueAsBytes(comparison) : comparison.text());
  }

  private Run run(HttpResponse<String> answer) throws IOException {
    String context = answer.headers().firstValue("traceresponse").orElse("");
    Matcher sampled = SAMPLED.matcher(context);
    if (!sampled.matches()) {
      throw new IllegalArgumentException("main's traces are not sampled, so none can be shown");
    }
    String path = answer.uri().getPath();
    return new Run(path, answer.statusCode(), answer.body(), trace(sampled.group(1)));
  }

  /** A trace, when all of it has come. */
  public Trace trace(@Header("traceId") String traceId) throws IOException {
    return Trace.of(traces.await(checked(traceId)), ui);
  }

  /** Who has called whom in the last 15 minutes, in the latest 100 traces of main's. */
  public Graph graph() throws IOException {
    return Graph.of(traces.latest("main", LAST_MINUTES));
  }

  /** What the log has of a trace, as it has it. */
  public String log(@Header("traceId") String traceId) throws IOException {
    return calls.get(log + "/api/log?traceId=" + checked(traceId)).body();
  }

  private static String checked(String traceId) {
    if (traceId == null || !TRACE_ID.matcher(traceId).matches()) {
      throw new IllegalArgumentException("traceId must have 32 lower-case hex digits");
    }
    return traceId;
  }
}
