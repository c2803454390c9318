package sitecheck.tracing;

import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import java.util.List;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.opentelemetry.OpenTelemetrySpanAdapter;
import org.apache.camel.support.http.HttpUtil;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.decorators.PlatformHttpSpanDecorator;
import org.apache.camel.tracing.decorators.RestSpanDecorator;

/**
 * The span of a request that comes in, named by method and route. The answer carries its ids in
 * {@code traceresponse} (<a href="https://www.w3.org/TR/trace-context-2/">W3C Trace Context level
 * 2</a>), and nothing else of the context.
 */
public final class ServerSpanDecorator extends PlatformHttpSpanDecorator {

  /** The exchange property that has the trace's id, for routes that keep it: 32 hex digits. */
  public static final String TRACE_ID = "trace_id";

  /** The exchange property that has the span's id: 16 hex digits. */
  public static final String SPAN_ID = "span_id";

  private static final List<String> CONTEXT = List.of("traceparent", "tracestate", "baggage");

  @Override
  public String getOperationName(Exchange exchange, Endpoint endpoint) {
    return name(exchange);
  }

  @Override
  public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    asked(span, exchange);
  }

  @Override
  public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    answered(span, exchange);
  }

  /** The same for a route of the REST DSL, behind which platform-http is. */
  public static final class Rest extends RestSpanDecorator {

    @Override
    public String getOperationName(Exchange exchange, Endpoint endpoint) {
      return name(exchange);
    }

    @Override
    public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
      asked(span, exchange);
    }

    @Override
    public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
      answered(span, exchange);
    }
  }

  private static String name(Exchange exchange) {
    String method = exchange.getIn().getHeader(Exchange.HTTP_METHOD, String.class);
    String route = route(exchange);
    return HttpConventions.nameOf(method) + (route == null ? "" : " " + route);
  }

  /** The path that the route is for; null when it takes all, which says nothing of this one. */
  static String route(Exchange exchange) {
    if (!(exchange.getFromEndpoint() instanceof PlatformHttpEndpoint from)) {
      return null; // a route of the REST DSL on another server
    }
    boolean all = from.isMatchOnUriPrefix() && from.getPath().equals("/");
    return all ? null : from.getPath() + (from.isMatchOnUriPrefix() ? "*" : "");
  }

  private static void asked(SpanAdapter span, Exchange exchange) {
    SpanContext context = CamelSpan.inRoute(span, exchange).getSpanContext();
    if (context.isValid()) {
      exchange.setProperty(TRACE_ID, context.getTraceId());
      exchange.setProperty(SPAN_ID, context.getSpanId());
    }
    Context remote =
        exchange.getProperty(ServerSpanCustomizer.REMOTE_CONTEXT, Context.root(), Context.class);
    ((OpenTelemetrySpanAdapter) span).setBaggage(Baggage.fromContext(remote));
  }

  private static void answered(SpanAdapter adapter, Exchange exchange) {
    Span span = CamelSpan.of(adapter);
    Message answer = exchange.getMessage();
    int status = HttpUtil.determineResponseCode(exchange, answer.getBody());
    HttpConventions.answered(span, status, 500);
    Exception caught = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
    Exception failure = exchange.getException() == null ? caught : exchange.getException();
    if (status >= 500 && failure != null) {
      span.recordException(failure);
    }
    CONTEXT.forEach(answer::removeHeader);
    SpanContext context = span.getSpanContext();
    if (context.isValid()) {
      String ids = context.getTraceId() + "-" + context.getSpanId();
      String response = "00-" + ids + "-" + context.getTraceFlags().asHex();
      answer.setHeader("traceresponse", response);
    }
  }
}
