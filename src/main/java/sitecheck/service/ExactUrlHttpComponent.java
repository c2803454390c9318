package sitecheck.service;

import java.net.URI;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.http.CompositeHttpConfigurer;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.hc.client5.http.classic.ExecChainHandler;

/**
 * A camel-http that also calls a setting's URL byte for byte: {@code http:headers.url}. Camel
 * decodes and encodes the URL in an endpoint's URI: {@code %2F} becomes a slash.
 */
public final class ExactUrlHttpComponent extends HttpComponent {
  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    HttpEndpoint endpoint = (HttpEndpoint) super.createEndpoint(uri, remaining, parameters);
    if (!remaining.contains(":")) { // neither a port nor a default value
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
