package sitecheck.routes;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.processor.aggregate.AbstractListAggregationStrategy;
import sitecheck.problem.ProblemDetail;

/**
 * Aggregates the checkers' answers into one: {@code {"baidu":true,"qq":false}}. Each leg of the
 * multicast has the properties {@code service} and {@code site}.
 *
 * <p>If a checker does not answer, its site is {@code null} and the answer is a problem that names
 * the checker: 504 if any checker was too slow, else 502.
 */
public final class SiteAnswers extends AbstractListAggregationStrategy<SiteAnswers.Answer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The answer of one checker; without one, connected is null and the status that of a problem. */
  record Answer(String service, String site, Boolean connected, int status) {}

  /** Reads a checker's answer; throws an IOException if it is not one. */
  public static boolean connected(String answer) throws IOException {
    var connected = JSON.readTree(Objects.requireNonNullElse(answer, "")).path("connected");
    if (!connected.isBoolean()) {
      throw new IOException("a checker's answer has no \"connected\"");
    }
    return connected.booleanValue();
  }

  @Override
  public Answer getValue(Exchange leg) {
    Exception failure = leg.getException();
    return new Answer(
        leg.getProperty("service", String.class),
        leg.getProperty("site", String.class),
        failure == null ? leg.getMessage().getBody(Boolean.class) : null,
        failure == null ? 200 : ExceptionAnswer.statusOf(failure));
  }

  @Override
  public void onCompletion(Exchange whole) {
    super.onCompletion(whole);
    var message = whole.getMessage();
    @SuppressWarnings("unchecked")
    List<Answer> answers = message.getBody(List.class);
    var sites = JSON.createObjectNode();
    answers.forEach(answer -> sites.put(answer.site(), answer.connected()));
    int status = answers.stream().mapToInt(Answer::status).max().orElse(0);
    if (status == 200) {
      message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
      message.setHeader(Exchange.CONTENT_TYPE, "application/json");
      message.setBody(sites.toString());
    } else {
      var failed = answers.stream().filter(answer -> answer.status() != 200);
      String services = failed.map(Answer::service).collect(Collectors.joining(", "));
      var problem = ProblemDetail.of(status, "no answer from " + services);
      ProblemDetail.answer(message, problem.setAll(sites));
    }
    whole.setException(null); // the failures of the legs are in the answer
  }
}
