package sitecheck.tracing;

import static io.opentelemetry.semconv.ClientAttributes.CLIENT_ADDRESS;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_ROUTE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.UserAgentAttributes.USER_AGENT_ORIGINAL;
import static org.apache.camel.util.ObjectHelper.isEmpty;

import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.semconv.UrlAttributes;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.support.http.HttpUtil;
import org.apache.camel.tracing.ExtractAdapter;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.decorators.PlatformHttpSpanDecorator;
import org.apache.camel.tracing.propagation.CamelHeadersExtractAdapter;
import org.apache.camel.util.StringHelper;

/**
 * The span of a request that a route answers. The span's ids go into the answer's {@code
 * traceresponse} (<a href="https://www.w3.org/TR/trace-context-2/">W3C Trace Context level 2</a>)
 * and into the exchange's properties {@code trace_id} and {@code span_id}. The span fails if the
 * client or this service closes the connection before the answer.
 */
final class ServerSpanDecorator extends PlatformHttpSpanDecorator {
  private static final String REQUEST = ServerSpanDecorator.class.getName();

  private static final String SPAN = REQUEST + ".span";

  private final CamelTracer tracer;

  ServerSpanDecorator(CamelTracer tracer) {
    this.tracer = tracer;
  }

  @Override
  public String getOperationName(Exchange exchange, Endpoint endpoint) {
    String method = exchange.getIn().getHeader(Exchange.HTTP_METHOD, String.class);
    String route = route(exchange);
    return HttpConventions.nameOf(method) + (route == null ? "" : " " + route);
  }

  /** The route's path; null if the route takes every path. */
  private static String route(Exchange exchange) {
    if (!(exchange.getFromEndpoint() instanceof PlatformHttpEndpoint from)) {
      return null; // a REST DSL route on another server
    }
    boolean all = from.isMatchOnUriPrefix() && from.getPath().equals("/");
    return all ? null : from.getPath() + (from.isMatchOnUriPrefix() ? "*" : "");
  }

  /** Adds the request's attributes before the span starts, so that a sampler sees them. */
  static void addRequest(SpanBuilder span, HttpServerRequest request, Exchange exchange) {
    exchange.setProperty(REQUEST, request);
    var local = request.localAddress();
    HostAndPort asked = request.authority(); // may name a proxy; HTTP/1.0 has none
    HostAndPort server =
        asked == null ? HostAndPort.create(local.hostAddress(), local.port()) : asked;
    String method = request.method().name();
    String protocol = request.version().alpnName(); // http/1.1, h2
    String query = request.query();
    String agent = request.getHeader("User-Agent");
    span.setAllAttributes(
            HttpConventions.request(method, server.host(), server.port(), request.isSSL()))
        .setAttribute(UrlAttributes.URL_SCHEME, request.scheme())
        .setAttribute(UrlAttributes.URL_PATH, request.path())
        .setAttribute(CLIENT_ADDRESS, request.remoteAddress().hostAddress())
        .setAttribute(NETWORK_PROTOCOL_VERSION, StringHelper.after(protocol, "/", "2"))
        // null adds no attribute.
        .setAttribute(HTTP_ROUTE, route(exchange))
        .setAttribute(UrlAttributes.URL_QUERY, isEmpty(query) ? null : UrlRedaction.query(query))
        .setAttribute(USER_AGENT_ORIGINAL, isEmpty(agent) ? null : agent);
  }

  /** Camel finds no context: the tracer has read the request. Its headers include parameters. */
  @Override
  public ExtractAdapter getExtractAdapter(Map<String, Object> headers, boolean encoding) {
    return new CamelHeadersExtractAdapter(Map.of());
  }

  /** The span of the request that an exchange belongs to, or null; it may have ended. */
  static SpanAdapter spanOf(Exchange exchange) {
    return exchange.getProperty(SPAN, SpanAdapter.class);
  }

  @Override
  public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    exchange.setProperty(SPAN, span);
    if (TraceId.isValid(span.traceId())) {
      exchange.setProperty("trace_id", span.traceId());
      exchange.setProperty("span_id", span.spanId());
    }
  }

  @Override
  public void post(SpanAdapter adapter, Exchange exchange, Endpoint endpoint) {
    var span = CamelTracer.spanOf(adapter);
    HttpServerRequest request = exchange.getProperty(REQUEST, HttpServerRequest.class);
    if (request != null && request.response().closed()) {
      span.setAttribute(ERROR_TYPE, "connection_closed")
          .setStatus(StatusCode.ERROR, "The connection was closed before the answer");
      return;
    }
    var answer = exchange.getMessage();
    int status = HttpUtil.determineResponseCode(exchange, answer.getBody());
    HttpConventions.answered(span, status, 500);
    Exception caught = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
    Exception failure = exchange.getException() == null ? caught : exchange.getException();
    if (status >= 500 && failure != null) {
      CamelTracer.record(span, failure);
    }
    tracer.removeContext(answer);
    if (TraceId.isValid(adapter.traceId())) {
      String ids = adapter.traceId() + "-" + adapter.spanId();
      String flags = span.getSpanContext().getTraceFlags().asHex();
      answer.setHeader("traceresponse", "00-" + ids + "-" + flags);
    }
  }
}
