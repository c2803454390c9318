package sitecheck.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.DefaultClientConnectionReuseStrategy;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * The connections to callees. A callee may close an idle connection; the next request then uses
 * another one. HttpClient's own check takes a millisecond, and skips connections used recently.
 */
public final class Connections extends PoolingHttpClientConnectionManagerBuilder {
  /**
   * Makes a pool that refuses endless heads and limits connecting, in milliseconds. Connections
   * live for 20 s, less than request.timeout, so that a callee does not close one in use.
   */
  public static PoolingHttpClientConnectionManager pool(long connectTimeout) {
    Http1Config head =
        Http1Config.custom()
            .setMaxLineLength(8192)
            .setMaxHeaderCount(100)
            .setBufferSize(4096) // each connection has three, of 32 KB by default
            .build();
    return new Connections()
        .setConnectionFactory(
            ManagedHttpClientConnectionFactory.builder().http1Config(head).build())
        .setDefaultConnectionConfig(
            ConnectionConfig.custom().setTimeToLive(20, TimeUnit.SECONDS).build())
        .setDnsResolver(new BoundedDnsResolver(SystemDefaultDnsResolver.INSTANCE, connectTimeout))
        .setTlsSocketStrategy( // made at the first https call: loading trusted certificates is slow
            (socket, host, port, attachment, context) ->
                DefaultClientTlsStrategy.createSystemDefault()
                    .upgrade(socket, host, port, attachment, context))
        .build();
  }

  /** Uses sockets of channels, which can be read without waiting. */
  @Override
  protected HttpClientConnectionOperator createConnectionOperator(
      SchemePortResolver ports, DnsResolver hosts, TlsSocketStrategy tls) {
    return new DefaultHttpClientConnectionOperator(
        proxy -> SocketChannel.open().socket(),
        ports,
        hosts,
        scheme -> scheme.equals("https") ? tls : null);
  }

  /** Makes a client send each request on an open connection. */
  static void configure(HttpClientBuilder client) {
    client
        .addExecInterceptorBefore(ChainElement.CONNECT.name(), "reconnect", Connections::execute)
        .setRequestExecutor(new OpenConnections())
        .setConnectionReuseStrategy(
            (request, response, context) ->
                response.getCode() < 500 // some callees close the connection after an error
                    && DefaultClientConnectionReuseStrategy.INSTANCE.keepAlive(
                        request, response, context));
  }

  private static ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    var headers = request.getHeaders();
    while (true) {
      try {
        return chain.proceed(request, scope);
      } catch (RequestNotExecutedException e) { // HttpClient has discarded the connection
        request.setHeaders(headers); // it will add its own again
      }
    }
  }

  /** Refuses to send a request on a used connection that the callee has closed. */
  private static final class OpenConnections extends HttpRequestExecutor {
    @Override
    public ClassicHttpResponse execute(
        ClassicHttpRequest request,
        HttpClientConnection connection,
        HttpResponseInformationCallback information,
        HttpContext context)
        throws IOException, HttpException {
      boolean used = connection.getEndpointDetails().getRequestCount() > 0;
      if (used && isClosed(((ManagedHttpClientConnection) connection).getSocket().getChannel())) {
        throw new RequestNotExecutedException();
      }
      return super.execute(request, connection, information, context);
    }

    /** Whether there is an end or data to read: unexpected data announces a close, too. */
    private static boolean isClosed(SocketChannel socket) {
      try {
        socket.configureBlocking(false);
        int read = socket.read(ByteBuffer.allocate(1));
        socket.configureBlocking(true);
        return read != 0;
      } catch (IOException e) {
        return true; // reset by the callee
      }
    }
  }
}
