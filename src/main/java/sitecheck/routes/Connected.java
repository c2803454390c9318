package sitecheck.routes;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;

/**
 * Makes of a site's answer whether it is connected: true when it is as it should be, false when
 * there is another or none. Whatever else went wrong is our fault, and stays an exception.
 *
 * <p>The variable {@value #OUTCOME} says after how many milliseconds and by what, as members of a
 * JSON object: {@code "latency":151,"status":204}, or {@code "latency":2000,"error":"…"} when there
 * was no answer.
 */
public final class Connected implements AggregationStrategy {

  private static final String OUTCOME = "outcome";

  @Override
  public Exchange aggregate(Exchange check, Exchange answer) {
    Exception failure = answer.getException();
    if (failure == null) {
      Object status = answer.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE);
      set(check, true, "\"status\":" + status);
    } else if (failure instanceof HttpOperationFailedException refused) {
      set(check, false, "\"status\":" + refused.getStatusCode());
    } else if (failure instanceof IOException) {
      String error = String.valueOf(failure.getMessage());
      set(check, false, "\"error\":" + JsonNodeFactory.instance.textNode(error));
    } else {
      check.setException(failure);
    }
    return check;
  }

  private static void set(Exchange check, boolean connected, String outcome) {
    check.getMessage().setBody(connected);
    check.setVariable(OUTCOME, "\"latency\":" + check.getClock().elapsed() + "," + outcome);
  }
}
