package sitecheck.tracing;

import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.apache.camel.tracing.ActiveSpanManager;
import org.apache.camel.tracing.SpanAdapter;

/**
 * Makes an exchange's span the current one in each step of its route. Camel does so on the thread
 * that starts the span alone; after a delay, say, another one goes on, and what it logs would have
 * no span, or another's.
 */
final class CurrentSpan implements InterceptStrategy {

  @Override
  public Processor wrapProcessorInInterceptors(
      CamelContext context, NamedNode definition, Processor step, Processor next) {
    return new DelegateAsyncProcessor(step) {
      @Override
      public boolean process(Exchange exchange, AsyncCallback callback) {
        SpanAdapter span = ActiveSpanManager.getSpan(exchange);
        if (span == null) {
          return super.process(exchange, callback);
        }
        // Camel's own scope ends here, on the thread that has opened it: it may not get to that.
        ActiveSpanManager.endScope(exchange);
        try (AutoCloseable scope = span.makeCurrent()) {
          return super.process(exchange, callback);
        } catch (Exception closing) {
          throw RuntimeCamelException.wrapRuntimeCamelException(closing);
        }
      }
    };
  }
}
