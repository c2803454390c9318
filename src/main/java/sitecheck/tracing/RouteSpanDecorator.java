package sitecheck.tracing;

import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.decorators.DirectSpanDecorator;

/**
 * The span of a route that another one calls by {@code direct:}. The call has none of its own:
 * nothing leaves the process.
 */
public final class RouteSpanDecorator extends DirectSpanDecorator {

  @Override
  public boolean newSpan() {
    return false;
  }

  @Override
  public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    CamelSpan.inRoute(span, exchange);
  }

  @Override
  public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    if (exchange.getException() != null) {
      CamelSpan.failed(CamelSpan.of(span), exchange.getException());
    }
  }
}
