package sitecheck.routes;

import java.io.IOException;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;

/**
 * Makes of a site's answer whether it is connected: true when it is as it should be, false when
 * there is another or none. Whatever else went wrong is our fault, and stays an exception.
 */
public final class Connected implements AggregationStrategy {

  @Override
  public Exchange aggregate(Exchange check, Exchange answer) {
    Exception failure = answer.getException();
    if (failure == null
        || failure instanceof IOException
        || failure instanceof HttpOperationFailedException) {
      check.getMessage().setBody(failure == null);
    } else {
      check.setException(failure);
    }
    return check;
  }
}
