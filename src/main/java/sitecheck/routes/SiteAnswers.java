package sitecheck.routes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.processor.aggregate.AbstractListAggregationStrategy;

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
  record Answer(String service, String site, Boolean connected, Exception failure) {

    boolean failed() {
      return failure != null;
    }

    boolean late() {
      return failure instanceof InterruptedIOException;
    }
  }

  @Override
  public Answer getValue(Exchange leg) {
    String service = leg.getProperty("service", String.class);
    String site = leg.getProperty("site", String.class);
    try {
      return new Answer(service, site, connected(leg), null);
    } catch (Exception failure) {
      return new Answer(service, site, null, failure);
    }
  }

  @Override
  public void onCompletion(Exchange whole) {
    super.onCompletion(whole);
    @SuppressWarnings("unchecked")
    List<Answer> answers = whole.getMessage().getBody(List.class);
    ObjectNode body = JSON.createObjectNode();
    int status = 200;
    if (answers.stream().anyMatch(Answer::failed)) {
      boolean late = answers.stream().anyMatch(Answer::late);
      status = late ? 504 : 502;
      body.put("title", late ? "Gateway Timeout" : "Bad Gateway");
      body.put("status", status);
      body.put("detail", "no answer from " + failedServices(answers));
    }
    answers.forEach(answer -> body.put(answer.site(), answer.connected()));
    Message message = whole.getMessage();
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
    message.setHeader(
        Exchange.CONTENT_TYPE, status == 200 ? "application/json" : "application/problem+json");
    message.setBody(body.toString());
    whole.setException(null); // the whole is answered, whatever a leg came to
  }

  private static String failedServices(List<Answer> answers) {
    return String.join(", ", answers.stream().filter(Answer::failed).map(Answer::service).toList());
  }

  private static boolean connected(Exchange leg) throws Exception {
    if (leg.getException() != null) {
      throw leg.getException();
    }
    JsonNode connected = JSON.readTree(leg.getMessage().getBody(String.class)).path("connected");
    if (!connected.isBoolean()) {
      throw new IOException("a checker's answer has no \"connected\"");
    }
    return connected.booleanValue();
  }
}
