package sitecheck.entries;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import sitecheck.trace.Trace;

/**
 * Polls a checker's outbox only while the log answers: every failed delivery would add spans to its
 * entry's trace, thousands if the log is down for a night. It also counts the entries that are not
 * in the log: waiting, refused and lost.
 */
public final class Delivery extends DefaultPollingConsumerPollStrategy implements MeterBinder {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final LongAdder lost = new LongAdder();
  private final JdbcTemplate outbox;
  private final HttpRequest question;
  private final long timeout;
  private String lastFailure;

  /** The log must answer at this URL within the timeout, in milliseconds. */
  public Delivery(Database outbox, String log, long timeout) {
    this.outbox = new JdbcTemplate(outbox);
    this.timeout = timeout;
    question =
        HttpRequest.newBuilder(URI.create(log + "/api/log?limit=1"))
            .header("traceparent", Trace.UNSAMPLED)
            .build();
  }

  /** Counts an entry that neither the log nor the outbox could store. */
  public void lose() {
    lost.increment();
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    meters.gauge("log.entries.waiting", "outbox", this::rows);
    meters.gauge("log.entries.refused", "refused", this::rows);
    FunctionCounter.builder("log.entries.lost", lost, LongAdder::sum).register(meters);
  }

  private long rows(String table) {
    return outbox.queryForObject("select count(*) from " + table, Long.class);
  }

  @Override
  public boolean begin(Consumer consumer, Endpoint endpoint) {
    // Not the number, which takes long if the log was down for a night.
    boolean waiting = outbox.queryForObject("select exists (select 1 from outbox)", Boolean.class);
    String failure = waiting ? failure() : lastFailure;
    if (!Objects.equals(failure, lastFailure)) {
      String state = failure == null ? "answers" : "does not answer (" + failure + ")";
      LOG.warn("{} {}; entries waiting for it: {}", question.uri(), state, rows("outbox"));
    }
    lastFailure = failure;
    return waiting && failure == null;
  }

  /** The reason why the log does not answer; null if it does. */
  private String failure() {
    var answer = CLIENT.sendAsync(question, BodyHandlers.discarding());
    try {
      // A timeout of the request would only cover the head of the answer.
      int status = answer.get(timeout, TimeUnit.MILLISECONDS).statusCode();
      return status < 500 ? null : "status " + status;
    } catch (ExecutionException e) {
      return e.getCause().toString();
    } catch (TimeoutException | InterruptedException e) { // interrupted by the end of the process
      answer.cancel(true);
      return e.toString();
    }
  }
}
