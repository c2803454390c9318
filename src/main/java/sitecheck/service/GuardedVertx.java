package sitecheck.service;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.VertxWrapper;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.ext.web.handler.HttpException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.spi.OnCamelContextStopped;
import org.apache.camel.support.LifecycleStrategySupport;
import sitecheck.problem.ProblemDetail;

/**
 * A Vert.x whose HTTP servers do not trust whoever connects. Camel creates its server by {@link
 * #createHttpServer}, and has no other place for these options.
 */
public final class GuardedVertx extends VertxWrapper implements CamelContextAware {

  private final AtomicInteger connections = new AtomicInteger();
  private CamelContext context;
  private int most = Integer.MAX_VALUE;
  private long requestTimeout = Long.MAX_VALUE;
  private String certificate = "";
  private String key = "";
  private boolean outside = true;

  public GuardedVertx() {
    super((VertxInternal) Vertx.vertx());
  }

  /** How many connections are kept at a time; one more is closed at once. */
  public void setMost(int most) {
    this.most = most;
  }

  /** How long a client may take to send a request, in milliseconds: {@link RequestGuard}. */
  public void setRequestTimeout(long requestTimeout) {
    this.requestTimeout = requestTimeout;
  }

  /** A PEM file of the certificate and those that vouch for it; empty for no TLS. */
  public void setCertificate(String certificate) {
    this.certificate = certificate;
  }

  /** A PEM file of the certificate's private key. */
  public void setKey(String key) {
    this.key = key;
  }

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  /** Camel closes only a Vert.x that it has made itself. */
  @Override
  public void setCamelContext(CamelContext context) {
    this.context = context;
    context.addLifecycleStrategy(
        LifecycleStrategySupport.adapt(
            (OnCamelContextStopped)
                stopped -> close().toCompletionStage().toCompletableFuture().join()));
  }

  /**
   * Creates a server. The first is the service's own; another is that for health and metrics, which
   * has no certificate.
   *
   * @throws IllegalArgumentException when certificate or key cannot be read
   */
  @Override
  public HttpServer createHttpServer(HttpServerOptions options) {
    options.setHttp2ClearTextEnabled(false); // what is not used need not be defended
    if (outside && !certificate.isEmpty()) {
      PemKeyCertOptions pem = new PemKeyCertOptions().setCertPath(certificate).setKeyPath(key);
      try {
        pem.getKeyManagerFactory(delegate); // or the port would not open, without a word
      } catch (Exception unreadable) {
        throw new IllegalArgumentException(
            "main.tls.certificate and main.tls.key: " + unreadable.getMessage(), unreadable);
      }
      options.setSsl(true).setKeyCertOptions(pem);
    }
    outside = false;
    return super.createHttpServer(options)
        .connectionHandler(this::accept)
        .invalidRequestHandler(GuardedVertx::refuse);
  }

  private void accept(HttpConnection connection) {
    connection.closeHandler(closed -> connections.decrementAndGet());
    if (connections.incrementAndGet() > most) {
      connection.close();
    } else {
      ((HttpServerConnection) connection)
          .channel()
          .pipeline()
          .addBefore("handler", "requestGuard", new RequestGuard(requestTimeout));
    }
  }

  /** Answers what is no request of HTTP, and reads no further: what follows may be anything. */
  private static void refuse(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      problem(request.response(), 414, "the request line is too long");
    } else if (cause instanceof TooLongHttpHeaderException) {
      problem(request.response(), 431, "the headers are too large");
    } else if (cause instanceof HttpException known) {
      problem(request.response(), known.getStatusCode(), known.getPayload());
    } else {
      problem(request.response(), 400, "this is not a request of HTTP/1.1");
    }
  }

  /** Answers where there is no route to do it, and so neither span nor trace. */
  static void problem(HttpServerResponse answer, int status, String detail) {
    answer
        .setStatusCode(status)
        .putHeader("Content-Type", ProblemDetail.CONTENT_TYPE)
        .end(ProblemDetail.of(status, detail).toString());
  }
}
