package sitecheck.entries;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Objects;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import sitecheck.trace.Trace;

/**
 * Polls the outbox only while the log answers. Every failed delivery would add spans to its entry's
 * trace: thousands, if the log is down for a night.
 */
public final class PollWhileLogAnswers extends DefaultPollingConsumerPollStrategy {
  private static final Logger LOG = LoggerFactory.getLogger(PollWhileLogAnswers.class);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final JdbcTemplate outbox;
  private final HttpRequest question;
  private String lastFailure;

  /** The log must answer at this URL within the timeout, in milliseconds. */
  public PollWhileLogAnswers(Database outbox, String log, long timeout) {
    this.outbox = new JdbcTemplate(outbox);
    question =
        HttpRequest.newBuilder(URI.create(log + "/api/log?limit=1"))
            .timeout(Duration.ofMillis(timeout))
            .header("traceparent", Trace.UNSAMPLED)
            .build();
  }

  @Override
  public boolean begin(Consumer consumer, Endpoint endpoint) {
    int waiting = outbox.queryForObject("select count(*) from outbox", Integer.class);
    String failure = waiting == 0 ? lastFailure : failure();
    if (!Objects.equals(failure, lastFailure)) {
      String state = failure == null ? "answers" : "does not answer (" + failure + ")";
      LOG.warn("{} {}; entries waiting for it: {}", question.uri(), state, waiting);
    }
    lastFailure = failure;
    return waiting > 0 && failure == null;
  }

  /** The reason why the log does not answer; null if it does. */
  private String failure() {
    try {
      int status = CLIENT.send(question, BodyHandlers.discarding()).statusCode();
      return status < 500 ? null : "status " + status;
    } catch (IOException e) {
      return e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
