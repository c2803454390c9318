package sitecheck.tracing;

import java.net.URI;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.decorators.HttpSpanDecorator;
import org.apache.camel.tracing.decorators.HttpsSpanDecorator;

/** The span of a request that goes out. It tells whom it asks by host and port, not by URL. */
public final class ClientSpanDecorator extends HttpSpanDecorator {

  @Override
  public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    super.pre(span, exchange, endpoint);
    tellServer(span, endpoint);
  }

  /** The same for https, which Camel has as a component of its own. */
  public static final class Secure extends HttpsSpanDecorator {

    @Override
    public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
      super.pre(span, exchange, endpoint);
      tellServer(span, endpoint);
    }
  }

  private static void tellServer(SpanAdapter span, Endpoint endpoint) {
    URI target = ((HttpEndpoint) endpoint).getHttpUri();
    int standardPort = "https".equals(target.getScheme()) ? 443 : 80;
    span.setTag("server.address", target.getHost());
    span.setTag("server.port", target.getPort() < 0 ? standardPort : target.getPort());
  }
}
