package sitecheck.tracing;

import static io.opentelemetry.semconv.ClientAttributes.CLIENT_ADDRESS;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_ROUTE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;
import static io.opentelemetry.semconv.UrlAttributes.URL_PATH;
import static io.opentelemetry.semconv.UrlAttributes.URL_QUERY;
import static io.opentelemetry.semconv.UrlAttributes.URL_SCHEME;
import static io.opentelemetry.semconv.UserAgentAttributes.USER_AGENT_ORIGINAL;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.apache.camel.opentelemetry.SpanCustomizer;
import org.apache.camel.tracing.ActiveSpanManager;

/**
 * The start of a span whose parent is elsewhere. A server span's parent and attributes are from the
 * request itself. Camel's headers will not do: among them are the query's parameters, and lists of
 * values. A route that takes rows from a table goes on with the trace in which each was put there,
 * if the table has a column {@code traceparent}.
 */
final class ServerSpanCustomizer implements SpanCustomizer {

  /** The property that has the context which came with the request. */
  static final String REMOTE_CONTEXT = ServerSpanCustomizer.class.getName();

  private final TextMapPropagator propagator;

  ServerSpanCustomizer(TextMapPropagator propagator) {
    this.propagator = propagator;
  }

  @Override
  public boolean isEnabled(String operationName, Exchange exchange) {
    Message message = exchange.getIn();
    return (message instanceof HttpMessage || message.getBody() instanceof Map<?, ?>)
        && ActiveSpanManager.getSpan(exchange) == null;
  }

  @Override
  public void customize(SpanBuilder span, String operationName, Exchange exchange) {
    if (exchange.getIn() instanceof HttpMessage message) {
      asked(span, message.getRequest(), exchange);
    } else {
      Map<?, ?> row = (Map<?, ?>) exchange.getIn().getBody();
      span.setParent(propagator.extract(Context.root(), row, new Columns()));
    }
  }

  private void asked(SpanBuilder span, HttpServerRequest request, Exchange exchange) {
    Context remote = propagator.extract(Context.root(), request.headers(), new Headers());
    exchange.setProperty(REMOTE_CONTEXT, remote);
    // What is not understood must not go on: what goes on is injected anew.
    propagator.fields().forEach(exchange.getIn()::removeHeader);

    HostAndPort server = request.authority();
    String method = request.method().name();
    String known = HttpConventions.method(method);
    String query = request.query();
    span.setParent(remote)
        .setAttribute(HTTP_REQUEST_METHOD, known)
        .setAttribute(URL_SCHEME, request.scheme())
        .setAttribute(URL_PATH, request.path())
        .setAttribute(SERVER_ADDRESS, address(request, server))
        .setAttribute(SERVER_PORT, (long) port(request, server))
        .setAttribute(CLIENT_ADDRESS, request.remoteAddress().hostAddress())
        .setAttribute(NETWORK_PROTOCOL_VERSION, version(request.version()));
    setIfAny(span, HTTP_ROUTE, ServerSpanDecorator.route(exchange));
    setIfAny(span, HTTP_REQUEST_METHOD_ORIGINAL, known.equals(method) ? null : method);
    setIfAny(span, URL_QUERY, query == null ? null : UrlRedaction.query(query));
    setIfAny(span, USER_AGENT_ORIGINAL, request.getHeader("User-Agent"));
  }

  private static void setIfAny(SpanBuilder span, AttributeKey<String> key, String value) {
    if (value != null && !value.isEmpty()) {
      span.setAttribute(key, value);
    }
  }

  /** The name that the client asked for, which may be another's in front of us. */
  private static String address(HttpServerRequest request, HostAndPort server) {
    return HttpConventions.address(
        server == null ? request.localAddress().hostAddress() : server.host());
  }

  /** The port that goes with the name. */
  private static int port(HttpServerRequest request, HostAndPort server) {
    if (server == null) {
      return request.localAddress().port();
    }
    int standard = request.isSSL() ? 443 : 80;
    return server.port() > 0 ? server.port() : standard;
  }

  private static String version(HttpVersion version) {
    return switch (version) {
      case HTTP_1_0 -> "1.0";
      case HTTP_1_1 -> "1.1";
      case HTTP_2 -> "2";
    };
  }

  /** The columns of a row, by name. */
  private static final class Columns implements TextMapGetter<Map<?, ?>> {

    @Override
    public String get(Map<?, ?> row, String name) {
      return row.get(name) instanceof String value ? value : null;
    }
  }

  /** Headers of HTTP: of any case, and maybe more than one of a name. */
  private static final class Headers implements TextMapGetter<MultiMap> {

    /** All of a name as one, as RFC 9110 section 5.3 has it; two traceparents are none. */
    @Override
    public String get(MultiMap headers, String name) {
      List<String> values = headers.getAll(name);
      return values.isEmpty() ? null : String.join(",", values);
    }

    @Override
    public Iterator<String> getAll(MultiMap headers, String name) {
      return headers.getAll(name).iterator();
    }
  }
}
