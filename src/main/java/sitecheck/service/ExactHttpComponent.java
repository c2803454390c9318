package sitecheck.service;

import static org.apache.camel.component.http.CompositeHttpConfigurer.combineConfigurers;

import java.net.URI;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.hc.client5.http.classic.ExecChainHandler;

/**
 * A camel-http that also calls the URL that a setting has, byte for byte: {@code http:headers.url}.
 * Camel decodes a URL that is part of an endpoint's URI, and encodes it anew: {@code %2F} becomes a
 * slash.
 */
public final class ExactHttpComponent extends HttpComponent {
  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    HttpEndpoint endpoint = (HttpEndpoint) super.createEndpoint(uri, remaining, parameters);
    if (!remaining.contains(":")) { // neither a port nor a default value
      getCamelContext()
          .getPropertiesComponent()
          .resolveProperty(remaining)
          .ifPresent(url -> callExactly(endpoint, URI.create(url)));
    }
    return endpoint;
  }

  private static void callExactly(HttpEndpoint endpoint, URI url) {
    ExecChainHandler exactPath =
        (request, scope, chain) -> {
          request.setPath(url.getRawPath().isEmpty() ? "/" : url.getRawPath());
          return chain.proceed(request, scope);
        };
    endpoint.setHttpUri(url);
    endpoint.setHttpClientConfigurer(
        combineConfigurers(
            endpoint.getHttpClientConfigurer(),
            client -> client.addExecInterceptorFirst("exactPath", exactPath)));
  }
}
