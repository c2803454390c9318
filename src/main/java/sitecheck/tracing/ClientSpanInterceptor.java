package sitecheck.tracing;

import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;
import static io.opentelemetry.semconv.UrlAttributes.URL_FULL;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.ReadableSpan;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.camel.Endpoint;
import org.apache.camel.component.http.CompositeHttpConfigurer;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.ProtocolVersion;

/**
 * Keeps in the client span what is sent and received. Only the HTTP client knows: what Camel makes
 * the request of is spread over endpoint, headers and options.
 */
final class ClientSpanInterceptor extends LifecycleStrategySupport implements ExecChainHandler {

  /** Comes in front of each HTTP client, beside what the application makes of it. */
  @Override
  public void onEndpointAdd(Endpoint endpoint) {
    if (endpoint instanceof HttpEndpoint http) {
      http.setHttpClientConfigurer(
          CompositeHttpConfigurer.combineConfigurers(
              http.getHttpClientConfigurer(),
              client -> client.addExecInterceptorFirst("span", this)));
    }
  }

  @Override
  public ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    // The producer sends on the thread on which Camel has made its span current.
    Span span = Span.current();
    if (!(span instanceof ReadableSpan started) || started.getKind() != SpanKind.CLIENT) {
      return chain.proceed(request, scope);
    }
    asks(span, request.getMethod(), url(request));
    ClassicHttpResponse response = chain.proceed(request, scope);
    HttpConventions.answered(span, response.getCode(), 400);
    ProtocolVersion version = response.getVersion();
    if (version != null) {
      span.setAttribute(NETWORK_PROTOCOL_VERSION, version.getMajor() + "." + version.getMinor());
    }
    return response;
  }

  /** Keeps what is asked for, or would have been. */
  static void asks(Span span, String method, URI url) {
    int standard = "https".equals(url.getScheme()) ? 443 : 80;
    span.updateName(HttpConventions.nameOf(method))
        .setAttribute(HTTP_REQUEST_METHOD, HttpConventions.method(method))
        .setAttribute(URL_FULL, UrlRedaction.url(url.toString()))
        .setAttribute(SERVER_ADDRESS, HttpConventions.address(url.getHost()))
        .setAttribute(SERVER_PORT, (long) (url.getPort() > 0 ? url.getPort() : standard));
    if (!HttpConventions.method(method).equals(method)) {
      span.setAttribute(HTTP_REQUEST_METHOD_ORIGINAL, method);
    }
  }

  private static URI url(ClassicHttpRequest request) throws ProtocolException {
    try {
      return request.getUri();
    } catch (URISyntaxException wrong) {
      throw new ProtocolException(wrong.getMessage(), wrong);
    }
  }
}
