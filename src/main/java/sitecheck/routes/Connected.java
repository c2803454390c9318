package sitecheck.routes;

import java.io.IOException;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;

/**
 * Decides by the status of a site's answer whether the site is connected. The result is the body
 * and the variable {@code connected}; further variables are {@code latency} in ms and {@code
 * status} or {@code error}. A failure of our own stays an exception.
 */
public final class Connected implements AggregationStrategy {
  @Override
  public Exchange aggregate(Exchange check, Exchange answer) {
    Exception failure = answer.getException();
    if (failure == null) {
      check.setVariable("status", answer.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE));
    } else if (failure instanceof HttpOperationFailedException refused) {
      check.setVariable("status", refused.getStatusCode());
    } else if (failure instanceof IOException) {
      check.setVariable("error", String.valueOf(failure.getMessage()));
    } else {
      check.setException(failure);
      return check;
    }
    check.setVariable("connected", failure == null);
    check.setVariable("latency", check.getClock().elapsed());
    check.getMessage().setBody(failure == null);
    return check;
  }
}
