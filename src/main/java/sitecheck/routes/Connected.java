package sitecheck.routes;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;

/**
 * Makes of a site's answer whether it is connected: true when the status is a good one, false when
 * it is another or there is no answer. Any other failure is ours, and stays an exception.
 *
 * <p>The variable {@code outcome} gets a map of that as {@code connected}, the {@code latency} in
 * milliseconds, and the {@code status}, or the {@code error} when there was no answer.
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
