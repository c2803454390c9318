package sitecheck.tracing;

import org.apache.camel.tracing.decorators.DirectSpanDecorator;

/** A {@code direct:} call is one span, that of the route called: nothing leaves the process. */
public final class RouteSpanDecorator extends DirectSpanDecorator {

  @Override
  public boolean newSpan() {
    return false;
  }
}
