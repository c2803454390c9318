package sitecheck.service;

import static org.apache.hc.core5.util.Timeout.DISABLED;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
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
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;

/**
 * Limits each call in time, from the look-up of the host to the last byte, and its answer in size.
 * The time is the endpoint's {@code responseTimeout}, which HttpClient applies to each read alone,
 * or what is left of the exchange's property {@code timeLimit}, for all calls since the request
 * came in. A call that exceeds a limit ends at once, with its connection.
 */
public final class CallLimits implements HttpClientConfigurer, ExecChainHandler {
  /** Looks every ten milliseconds; timers of JDK 25 wake a thread for each read and each future. */
  private static final Timer TIMER =
      new HashedWheelTimer(
          new DefaultThreadFactory("call-limits", true), 10, TimeUnit.MILLISECONDS);

  private final int maxBytes;

  /** For answers with a body of so many bytes. */
  public CallLimits(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public void configureHttpClient(HttpClientBuilder client) {
    client.addExecInterceptorFirst("limits", this);
    Connections.configure(client);
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
    Timeout end = TIMER.newTimeout(late -> call.cancel(), limit, TimeUnit.MILLISECONDS);
    RequestConfig config = scope.clientContext.getRequestConfigOrDefault();
    scope.clientContext.setRequestConfig(
        RequestConfig.copy(config).setResponseTimeout(DISABLED).build());
    try {
      ClassicHttpResponse response = chain.proceed(request, scope);
      HttpEntity entity = response.getEntity();
      if (entity != null) {
        long length = entity.getContentLength(); // negative if it is not known
        long most = length < 0 ? maxBytes : Math.min(length, maxBytes);
        byte[] body = entity.getContent().readNBytes((int) most + 1); // makes a buffer of that size
        if (body.length > maxBytes) {
          call.cancel(); // closing the body would read it to its end
          throw new IOException("An answer of more than " + maxBytes + " bytes");
        }
        // Of an entity that streams Camel takes the bytes, of another one a copy that is cached.
        response.setEntity(
            new InputStreamEntity(
                new ByteArrayInputStream(body),
                body.length,
                ContentType.parseLenient(entity.getContentType())));
        // Camel unpacks whatever it says is packed. We did not ask for that, and it has no limit.
        response.removeHeaders("Content-Encoding");
      }
      return response;
    } catch (IOException | HttpException | RuntimeException e) {
      if (end.isExpired()) { // the failure of a cancelled call does not say why
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
