package sitecheck.tracing;

import io.opentelemetry.context.Scope;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.apache.camel.tracing.ActiveSpanManager;
import org.apache.camel.tracing.SpanAdapter;

/**
 * A step of a route during which the exchange's span is current, so that a line that the step logs
 * has the span's ids. Camel makes the span current on the thread that starts it alone; after a
 * delay, for example, another thread continues the route.
 */
final class CurrentSpanStep extends DelegateAsyncProcessor {
  CurrentSpanStep(Processor step) {
    super(step);
  }

  @Override
  public boolean process(Exchange exchange, AsyncCallback callback) {
    SpanAdapter span = ActiveSpanManager.getSpan(exchange);
    if (span == null) {
      return super.process(exchange, callback);
    }
    // Camel's own scope ends here, on the thread that opened it: Camel may never close it.
    ActiveSpanManager.endScope(exchange);
    try (Scope scope = (Scope) span.makeCurrent()) {
      return super.process(exchange, callback);
    }
  }
}
