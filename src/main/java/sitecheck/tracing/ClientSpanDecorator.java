package sitecheck.tracing;

import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.UrlAttributes.URL_FULL;
import static org.apache.hc.client5.http.impl.ChainElement.PROTOCOL;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.ReadableSpan;
import java.io.IOException;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.CompositeHttpConfigurer;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.decorators.HttpSpanDecorator;
import org.apache.camel.util.StringHelper;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.utils.URIUtils;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;

/**
 * The span of a request that a route sends by {@code http:} or {@code https:}. An interceptor of
 * the HTTP client adds the attributes, since Camel does not know the final request.
 */
final class ClientSpanDecorator extends HttpSpanDecorator {
  /** Adds the interceptor to the HTTP client, and keeps the application's own configurer. */
  static void intercept(HttpEndpoint http) {
    HttpClientConfigurer ours =
        client ->
            client.addExecInterceptorBefore(PROTOCOL.name(), "span", ClientSpanDecorator::execute);
    http.setHttpClientConfigurer(
        CompositeHttpConfigurer.combineConfigurers(http.getHttpClientConfigurer(), ours));
  }

  private static ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    // Camel sends on the thread where it made the span current.
    Span span = Span.current();
    if (!(span instanceof ReadableSpan started) || started.getKind() != SpanKind.CLIENT) {
      return chain.proceed(request, scope);
    }
    if (started.getAttribute(URL_FULL) == null) { // else it is a retry or a redirect
      HttpHost server = new HttpHost(request.getScheme(), request.getAuthority());
      addRequest(span, request.getMethod(), server, server.toURI() + request.getRequestUri());
    }
    ClassicHttpResponse response = chain.proceed(request, scope);
    span.setAttribute(HTTP_RESPONSE_STATUS_CODE, (long) response.getCode());
    String version = StringHelper.after(String.valueOf(response.getVersion()), "HTTP/");
    span.setAttribute(NETWORK_PROTOCOL_VERSION, version); // null adds no attribute
    return response;
  }

  private static void addRequest(Span span, String method, HttpHost server, String url) {
    boolean secure = server.getSchemeName().equals("https");
    String host = server.getHostName();
    span.updateName(HttpConventions.nameOf(method))
        .setAllAttributes(HttpConventions.request(method, host, server.getPort(), secure))
        .setAttribute(URL_FULL, UrlRedaction.url(url));
  }

  @Override
  public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {}

  /**
   * Adds a failure. An answer is not a failure, even if Camel throws an exception for its status.
   */
  @Override
  public void post(SpanAdapter adapter, Exchange exchange, Endpoint endpoint) {
    Exception failure = exchange.getException();
    if (failure == null || failure instanceof HttpOperationFailedException) {
      int status =
          failure instanceof HttpOperationFailedException refused
              ? refused.getStatusCode()
              : exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
      if (status >= 400) { // only now: HttpClient may have repeated the request
        HttpConventions.answered(CamelTracer.spanOf(adapter), status, 400);
      }
      return;
    }
    Span span = CamelTracer.spanOf(adapter);
    if (span instanceof ReadableSpan started
        && started.getAttribute(URL_FULL) == null // Camel failed before it sent a request
        && CamelTracer.original(endpoint) instanceof HttpEndpoint http) {
      HttpHost server = URIUtils.extractHost(http.getHttpUri()); // null if it cannot be read
      if (server != null) {
        addRequest(span, started.getName(), server, http.getHttpUri().toString());
      }
    }
    CamelTracer.addFailure(adapter, exchange);
  }
}
