package sitecheck.routes;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;

/**
 * Whether a site is connected, by its answer's status; a failure of our own stays an exception. The
 * variable {@code outcome} has {@code connected}, {@code latency} in ms, {@code status} or {@code
 * error}.
 */
public final class Connected implements AggregationStrategy {
  @Override
  public Exchange aggregate(Exchange check, Exchange answer) {
    Exception failure = answer.getException();
    Map<String, Object> outcome = new HashMap<>();
    if (failure == null) {
      outcome.put("status", answer.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE));
    } else if (failure instanceof HttpOperationFailedException refused) {
      outcome.put("status", refused.getStatusCode());
    } else if (failure instanceof IOException) {
      outcome.put("error", String.valueOf(failure.getMessage()));
    } else {
      check.setException(failure);
      return check;
    }
    outcome.put("connected", failure == null);
    outcome.put("latency", check.getClock().elapsed());
    check.setVariable("outcome", outcome);
    check.getMessage().setBody(failure == null);
    return check;
  }
}
