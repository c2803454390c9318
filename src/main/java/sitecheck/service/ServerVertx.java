package sitecheck.service;

import static org.apache.camel.support.component.PropertyConfigurerSupport.MAGIC_VALUE;

import io.vertx.core.Handler;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.HttpServerImpl;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.VertxWrapper;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.ext.web.Router;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.BeanInject;
import org.apache.camel.CamelContext;
import org.apache.camel.PropertyInject;

/**
 * Creates the HTTP servers of a context: Camel offers no other way to set their options. All
 * contexts of a process share the threads.
 */
public final class ServerVertx extends VertxWrapper {
  private static final VertxInternal SHARED =
      (VertxInternal)
          new VertxBuilder(
                  new VertxOptions() // more, as by default, would keep waking each other
                      .setEventLoopPoolSize(
                          Math.max(1, Runtime.getRuntime().availableProcessors() / 2)))
              .executorServiceFactory(
                  (threads, size, most) -> // Vert.x's pool is bounded and wakes the longest idle
                  WorkerPool.SHARED)
              .init()
              .vertx();

  @BeanInject private CamelContext context;

  @PropertyInject("connections.max")
  private int maxConnections;

  @PropertyInject("request.timeout")
  private long requestTimeout;

  private boolean hasService;

  /** Its settings limit the connections to a server, and the time to send a request. */
  public ServerVertx() {
    super(SHARED);
  }

  /** Creates the service's server at the first call, with TLS if set, then management's. */
  @Override
  public HttpServer createHttpServer(HttpServerOptions options) {
    boolean management = hasService;
    hasService = true;
    options.setHttp2ClearTextEnabled(false); // not used
    String tls = context.getName() + ".tls";
    String certificate = context.resolvePropertyPlaceholders("{{" + tls + ".certificate:}}");
    String key = context.resolvePropertyPlaceholders("{{" + tls + ".key:}}");
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new IllegalArgumentException("set both %1$s.certificate and %1$s.key".formatted(tls));
    }
    boolean none = certificate.isEmpty() || certificate.equals(MAGIC_VALUE); // of camel export
    if (!management && !none) {
      PemKeyCertOptions pem = new PemKeyCertOptions().setCertPath(certificate).setKeyPath(key);
      options.setSsl(true).setKeyCertOptions(pem);
      try {
        pem.getKeyManagerFactory(delegate); // or Vert.x would silently open no port
      } catch (Exception e) {
        String settings = "%1$s.certificate and %1$s.key: ".formatted(tls);
        throw new IllegalArgumentException(settings + e.getMessage(), e);
      }
    }
    AtomicInteger connections = new AtomicInteger();
    return new HttpServerImpl(delegate, options) {
      @Override
      public HttpServer requestHandler(Handler<HttpServerRequest> router) {
        return super.requestHandler(RefusedRequests.before((Router) router, context, management));
      }
    }.connectionHandler(connection -> accept(connection, connections))
        .invalidRequestHandler(RefusedRequests::toInvalid);
  }

  private void accept(HttpConnection connection, AtomicInteger connections) {
    connection.closeHandler(closed -> connections.decrementAndGet());
    if (connections.incrementAndGet() > maxConnections) {
      connection.close();
    } else {
      var pipeline = ((HttpServerConnection) connection).channel().pipeline();
      pipeline.addBefore("handler", "requestTimeout", new SlowRequestTimeout(requestTimeout));
    }
  }
}
