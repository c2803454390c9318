package sitecheck.tracing;

import static io.opentelemetry.semconv.UrlAttributes.URL_FULL;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.trace.ReadableSpan;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.decorators.HttpSpanDecorator;
import org.apache.camel.tracing.decorators.HttpsSpanDecorator;

/**
 * The span of a request that goes out, as far as Camel knows of it: the route that sends it, and
 * what kept it from being answered. {@link ClientSpanInterceptor} adds what was sent and received.
 */
public final class ClientSpanDecorator extends HttpSpanDecorator {

  @Override
  public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    CamelSpan.inRoute(span, exchange);
  }

  @Override
  public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    sent(span, exchange, endpoint);
  }

  /** The same for https, which Camel has as a component of its own. */
  public static final class Secure extends HttpsSpanDecorator {

    @Override
    public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
      CamelSpan.inRoute(span, exchange);
    }

    @Override
    public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
      sent(span, exchange, endpoint);
    }
  }

  /** An answer is no failure, even where Camel makes an exception of its status. */
  private static void sent(SpanAdapter adapter, Exchange exchange, Endpoint endpoint) {
    Exception failure = exchange.getException();
    if (failure == null || failure instanceof HttpOperationFailedException) {
      return;
    }
    Span span = CamelSpan.of(adapter);
    if (span instanceof ReadableSpan started && started.getAttribute(URL_FULL) == null) {
      // Camel could not make a request of it.
      ClientSpanInterceptor.asks(span, started.getName(), ((HttpEndpoint) endpoint).getHttpUri());
    }
    CamelSpan.failed(span, failure);
  }
}
