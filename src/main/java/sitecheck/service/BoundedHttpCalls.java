package sitecheck.service;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpActivityListener;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * Bounds each call that a service makes, from before there is a connection to the last byte of the
 * answer: its time by the endpoint's {@code responseTimeout}, which HttpClient has for each read
 * alone, and by what is left of the exchange's {@link #REQUEST_TIMEOUT}; the answer's body by
 * {@link #setMost}. What is beyond that ends at once, with its connection.
 */
public final class BoundedHttpCalls
    implements HttpClientConfigurer, HttpActivityListener, ExecChainHandler {

  /**
   * The exchange property that has the limit of all calls together which are made for a request, in
   * milliseconds since it has come in. Without it each call has its own limit alone.
   */
  public static final String REQUEST_TIMEOUT = "requestTimeout";

  private int most = Integer.MAX_VALUE;

  /**
   * A pool of connections that take no answer whose head is without end. Each lives for 20 s, less
   * than request.timeout: one that is idle for that is closed by who is called, maybe just when it
   * is used.
   *
   * @param connectTimeout how long the look-up of a host's name may take, in milliseconds
   */
  public static PoolingHttpClientConnectionManager connections(long connectTimeout) {
    Http1Config head = Http1Config.custom().setMaxLineLength(8192).setMaxHeaderCount(100).build();
    return PoolingHttpClientConnectionManagerBuilder.create()
        .setConnectionFactory(
            ManagedHttpClientConnectionFactory.builder().http1Config(head).build())
        .setDefaultConnectionConfig(ConnectionConfig.custom().setTimeToLive(20, SECONDS).build())
        .setDnsResolver(new BoundedDnsResolver(SystemDefaultDnsResolver.INSTANCE, connectTimeout))
        .setTlsSocketStrategy(
            (socket, host, port, attachment, context) ->
                Tls.STRATEGY.upgrade(socket, host, port, attachment, context))
        .build();
  }

  /** Made for the first https call: it reads all certificates that are trusted. */
  private static final class Tls {
    static final TlsSocketStrategy STRATEGY = DefaultClientTlsStrategy.createDefault();
  }

  /** How many bytes an answer may have, uncompressed. */
  public void setMost(int most) {
    this.most = most;
  }

  @Override
  public void configureHttpClient(HttpClientBuilder client) {
    client.addExecInterceptorFirst("bounds", this);
  }

  @Override
  public ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    long own =
        scope.clientContext.getRequestConfigOrDefault().getResponseTimeout().toMilliseconds();
    long limit = Math.min(own, left(scope.clientContext));
    if (limit <= 0) {
      throw new SocketTimeoutException("The request that it is for has no time left");
    }
    Call call = new Call((Cancellable) scope.originalRequest, limit);
    try {
      ClassicHttpResponse response = chain.proceed(request, scope);
      call.answered(response);
      return response;
    } catch (IOException | HttpException | RuntimeException failure) {
      call.endedBy(failure);
      throw failure;
    }
  }

  private static long left(HttpContext context) {
    Exchange exchange = (Exchange) context.getAttribute("org.apache.camel.Exchange");
    Long limit = exchange.getProperty(REQUEST_TIMEOUT, Long.class);
    return limit == null ? Long.MAX_VALUE : limit - exchange.getClock().elapsed();
  }

  /** One call, which is cut off when its time is over. */
  private final class Call {

    private final Cancellable request;
    private final long limit;
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    Call(Cancellable request, long limit) {
      this.request = request;
      this.limit = limit;
      end.orTimeout(limit, MILLISECONDS)
          .exceptionally(
              late -> {
                request.cancel();
                return null;
              });
    }

    void end() {
      end.complete(null);
    }

    void answered(ClassicHttpResponse response) throws IOException {
      HttpEntity entity = response.getEntity();
      if (entity == null) {
        end();
        return;
      }
      InputStream body = new Body(entity.getContent(), this);
      response.setEntity(
          new HttpEntityWrapper(entity) {
            @Override
            public InputStream getContent() {
              return body;
            }
          });
    }

    /** What it comes to for the one who is cut off says nothing of why. */
    void endedBy(Exception failure) throws IOException {
      end();
      if (end.isCompletedExceptionally()) {
        throw (IOException)
            new SocketTimeoutException("No whole answer within " + limit + " ms")
                .initCause(failure);
      }
    }

    IOException tooLong() {
      request.cancel(); // to close the body would be to read it to its end
      return new IOException("An answer of more than " + most + " bytes");
    }
  }

  /** An answer's body: until it is read or closed the call lasts. */
  private final class Body extends FilterInputStream {

    private final Call call;
    private long read;

    Body(InputStream body, Call call) {
      super(body);
      this.call = call;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        int count = super.read(bytes, offset, length);
        if (count < 0) {
          call.end();
        }
        read += count;
        if (read > most) {
          throw call.tooLong();
        }
        return count;
      } catch (IOException failure) {
        call.endedBy(failure);
        throw failure;
      }
    }

    @Override
    public void close() throws IOException {
      try {
        super.close();
      } finally {
        call.end();
      }
    }
  }

  /** Having a listener is what makes Camel tell HttpClient which exchange a call is for. */
  @Override
  public void onRequestSubmitted(
      Object producer, Exchange exchange, HttpHost host, HttpRequest request, HttpEntity body) {}

  @Override
  public void onResponseReceived(
      Object producer,
      Exchange exchange,
      HttpHost host,
      HttpResponse response,
      HttpEntity body,
      long elapsed) {}
}
