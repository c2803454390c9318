package sitecheck.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.decorators.PlatformHttpSpanDecorator;

/**
 * The span of a request that comes in. It is named by method and route, and the answer carries its
 * ids in {@code traceresponse} (<a href="https://www.w3.org/TR/trace-context-2/">W3C Trace Context
 * level 2</a>).
 */
public final class ServerSpanDecorator extends PlatformHttpSpanDecorator {

  @Override
  public String getOperationName(Exchange exchange, Endpoint endpoint) {
    String method = exchange.getIn().getHeader(Exchange.HTTP_METHOD, String.class);
    return method + " " + ((PlatformHttpEndpoint) endpoint).getPath();
  }

  @Override
  public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    super.post(span, exchange, endpoint);
    SpanContext context = context(span);
    if (context.isValid()) {
      String ids = context.getTraceId() + "-" + context.getSpanId();
      String response = "00-" + ids + "-" + context.getTraceFlags().asHex();
      exchange.getMessage().setHeader("traceresponse", response);
    }
  }

  /** The adapter shows the span to none but Camel; making it current for a moment does. */
  private static SpanContext context(SpanAdapter span) {
    try (AutoCloseable scope = span.makeCurrent()) {
      return Span.current().getSpanContext();
    } catch (Exception closing) {
      throw new IllegalStateException(closing);
    }
  }
}
