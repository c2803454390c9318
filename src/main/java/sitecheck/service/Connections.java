package sitecheck.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.config.Http1Config;

/** The connections to callees. */
public final class Connections extends PoolingHttpClientConnectionManagerBuilder {
  /**
   * Makes a pool that refuses endless heads and limits connecting, in milliseconds. Connections
   * live for 4 s, so that none leads to a callee that has left its Kubernetes Service 5 s ago.
   */
  public static PoolingHttpClientConnectionManager pool(long connectTimeout) {
    Http1Config head =
        Http1Config.custom()
            .setMaxLineLength(8192)
            .setMaxHeaderCount(100)
            .setBufferSize(4096) // each connection has three, of 32 KB by default
            .build();
    ConnectionConfig config =
        ConnectionConfig.custom()
            .setTimeToLive(4, TimeUnit.SECONDS)
            .setValidateAfterInactivity(0, TimeUnit.SECONDS) // before each use
            .build();
    return new Connections()
        .setConnectionFactory(socket -> new Connection(head))
        .setDefaultConnectionConfig(config)
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

  /**
   * A connection that knows at once whether the callee has closed it. If so, the pool makes another
   * one. HttpClient's own check takes a millisecond.
   */
  private static final class Connection extends DefaultManagedHttpClientConnection {
    Connection(Http1Config head) {
      super("", null, null, head, null, null, null, new DefaultHttpResponseParserFactory(head));
    }

    /** Whether there is an end or data to read: unexpected data announces a close, too. */
    @Override
    public boolean isStale() throws IOException { // the pool takes an exception for true
      SocketChannel socket = ensureOpen().getSocket().getChannel();
      socket.configureBlocking(false);
      int read = socket.read(ByteBuffer.allocate(1));
      socket.configureBlocking(true);
      return read != 0;
    }
  }
}
