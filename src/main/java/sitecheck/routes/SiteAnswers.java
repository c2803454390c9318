package sitecheck.routes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.processor.aggregate.AbstractListAggregationStrategy;
import sitecheck.problem.ProblemDetail;

/**
 * Makes one answer of the checkers': {@code {"baidu":true,"qq":false}}. Each leg of the multicast
 * says by its properties {@code service} and {@code site} whose answer it is.
 *
 * <p>A checker that could not be asked leaves {@code null}, and the whole is then a problem (<a
 * href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>) that names it, beside what the others
 * said: 504 when one was too slow, 502 when it failed otherwise.
 */
public final class SiteAnswers extends AbstractListAggregationStrategy<SiteAnswers.Answer> {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What one checker said, or the failure to ask it. */
  record Answer(String service, String site, Boolean connected, Exception failure) {}

  /**
   * What a checker's answer says.
   *
   * @throws IOException when it says nothing of the kind
   */
  public static boolean connected(String answer) throws IOException {
    JsonNode connected = JSON.readTree(Objects.requireNonNullElse(answer, "")).path("connected");
    if (!connected.isBoolean()) {
      throw new IOException("a checker's answer has no \"connected\"");
    }
    return connected.booleanValue();
  }

  @Override
  public Answer getValue(Exchange leg) {
    String service = leg.getProperty("service", String.class);
    String site = leg.getProperty("site", String.class);
    Exception failure = leg.getException();
    Boolean connected = failure == null ? leg.getMessage().getBody(Boolean.class) : null;
    return new Answer(service, site, connected, failure);
  }

  @Override
  public void onCompletion(Exchange whole) {
    super.onCompletion(whole);
    Message message = whole.getMessage();
    @SuppressWarnings("unchecked")
    List<Answer> answers = message.getBody(List.class);
    ObjectNode connected = JSON.createObjectNode();
    answers.forEach(answer -> connected.put(answer.site(), answer.connected()));
    List<Answer> failed = answers.stream().filter(answer -> answer.connected() == null).toList();
    if (failed.isEmpty()) {
      message.setHeader(Exchange.HTTP_RESPONSE_CODE, 200);
      message.setHeader(Exchange.CONTENT_TYPE, "application/json");
      message.setBody(connected.toString());
    } else {
      int status = failed.stream().mapToInt(one -> Problem.statusOf(one.failure())).max().orElse(0);
      String services = failed.stream().map(Answer::service).collect(Collectors.joining(", "));
      ObjectNode problem = ProblemDetail.of(status, "no answer from " + services);
      Problem.set(message, problem.setAll(connected));
    }
    whole.setException(null); // the whole is answered, whatever a leg came to
  }
}
