package sitecheck.service;

import java.net.URI;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.http.CompositeHttpConfigurer;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.hc.client5.http.classic.ExecChainHandler;

/**
 * A camel-http that calls the URL of a setting unchanged: {@code http:headers.url}. In an
 * endpoint's URI Camel decodes the URL and encodes it again: {@code %2F} becomes a slash.
 */
public final class ExactUrlHttpComponent extends HttpComponent {
  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    HttpEndpoint endpoint = (HttpEndpoint) super.createEndpoint(uri, remaining, parameters);
    if (!remaining.contains(":")) { // no port, and no default value
      getCamelContext()
          .getPropertiesComponent()
          .resolveProperty(remaining)
          .ifPresent(url -> callVerbatim(endpoint, URI.create(url)));
    }
    return endpoint;
  }

  private static void callVerbatim(HttpEndpoint endpoint, URI url) {
    ExecChainHandler exactPath =
        (request, scope, chain) -> {
          request.setPath(url.getRawPath().isEmpty() ? "/" : url.getRawPath());
          return chain.proceed(request, scope);
        };
    endpoint.setHttpUri(url);
    endpoint.setHttpClientConfigurer(
        CompositeHttpConfigurer.combineConfigurers(
            endpoint.getHttpClientConfigurer(),
            client -> client.addExecInterceptorFirst("exactPath", exactPath)));
  }
}
