package sitecheck.service;

import static org.apache.hc.core5.util.Timeout.DISABLED;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timer;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultClientConnectionReuseStrategy;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;

/**
 * Limits the time of each call, from the DNS look-up to the last byte, and the size of its answer.
 * A call may take the endpoint's {@code responseTimeout}, which HttpClient alone would apply to
 * each read. It may take less if the exchange has a {@code timeLimit}, which counts from the
 * exchange's start. A call that exceeds a limit ends at once, and its connection is closed.
 *
 * @param maxBytes the largest body of an answer
 */
public record CallLimits(int maxBytes) implements HttpClientConfigurer, ExecChainHandler {
  /** Ticks every 10 ms. On JDK 25 a timeout of a socket or a future wakes a thread of its own. */
  private static final Timer TIMER =
      new HashedWheelTimer(
          new DefaultThreadFactory("call-limits", true), 10, TimeUnit.MILLISECONDS);

  @Override
  public void configureHttpClient(HttpClientBuilder client) {
    client
        .addExecInterceptorFirst("limits", this)
        .setConnectionReuseStrategy(
            (request, response, context) ->
                response.getCode() < 500 // some callees close the connection after an error
                    && DefaultClientConnectionReuseStrategy.INSTANCE.keepAlive(
                        request, response, context));
  }

  @Override
  public ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    long limit = limit(scope.clientContext);
    if (limit <= 0) {
      throw new SocketTimeoutException("The request has no time left for this call");
    }
    Cancellable call = (Cancellable) scope.originalRequest;
    var end = TIMER.newTimeout(late -> call.cancel(), limit, TimeUnit.MILLISECONDS);
    RequestConfig config = scope.clientContext.getRequestConfigOrDefault();
    scope.clientContext.setRequestConfig(
        RequestConfig.copy(config).setResponseTimeout(DISABLED).build());
    try {
      ClassicHttpResponse response = chain.proceed(request, scope);
      var entity = response.getEntity();
      if (entity != null) {
        long length = entity.getContentLength(); // negative if unknown
        long most = length < 0 ? maxBytes : Math.min(length, maxBytes);
        byte[] body = entity.getContent().readNBytes((int) most + 1); // allocates as much at once
        if (body.length > maxBytes) {
          call.cancel(); // close() would read the body to its end
          throw new IOException("An answer of more than " + maxBytes + " bytes");
        }
        // Camel takes the bytes of a streaming entity, but copies any other into a cache.
        response.setEntity(
            new InputStreamEntity(
                new ByteArrayInputStream(body),
                body.length,
                ContentType.parseLenient(entity.getContentType())));
        // Camel would decompress the body, without a limit. We accept no compressed answers.
        response.removeHeaders("Content-Encoding");
      }
      return response;
    } catch (IOException | HttpException | RuntimeException e) {
      if (end.isExpired()) { // the exception of a cancelled call does not say so
        throw (IOException)
            new SocketTimeoutException("No whole answer within " + limit + " ms").initCause(e);
      }
      if (e instanceof IllegalArgumentException) {
        throw new ProtocolException("An answer that is not HTTP: " + e.getMessage());
      }
      throw e;
    } finally {
      end.cancel();
    }
  }

  private static long limit(HttpClientContext call) {
    long limit = call.getRequestConfigOrDefault().getResponseTimeout().toMilliseconds();
    Exchange exchange = (Exchange) call.getAttribute("org.apache.camel.Exchange");
    Long total = exchange.getProperty("timeLimit", Long.class);
    return total == null ? limit : Math.min(limit, total - exchange.getClock().elapsed());
  }
}
