package sitecheck.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.util.TimeValue;

/**
 * A connection to a callee that finds out without waiting whether the callee has closed it. If so,
 * the next request uses another one. HttpClient's own check takes a millisecond.
 */
public final class CalleeConnection extends DefaultManagedHttpClientConnection {
  private static final AtomicLong NUMBER = new AtomicLong();

  private CalleeConnection(String id, Http1Config head) {
    super(id, null, null, head, null, null, null, new DefaultHttpResponseParserFactory(head));
  }

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
    TlsSocketStrategy tls = // made at the first https call: loading trusted certificates is slow
        (socket, host, port, attachment, context) ->
            DefaultClientTlsStrategy.createSystemDefault()
                .upgrade(socket, host, port, attachment, context);
    DefaultHttpClientConnectionOperator operator =
        new DefaultHttpClientConnectionOperator(
            proxy -> SocketChannel.open().socket(), // which can be read without waiting
            null,
            new BoundedDnsResolver(SystemDefaultDnsResolver.INSTANCE, connectTimeout),
            RegistryBuilder.<TlsSocketStrategy>create().register("https", tls).build());
    PoolingHttpClientConnectionManager pool =
        new PoolingHttpClientConnectionManager(
            operator,
            null,
            null,
            null,
            socket -> new CalleeConnection("http-outgoing-" + NUMBER.getAndIncrement(), head));
    pool.setDefaultConnectionConfig(
        ConnectionConfig.custom()
            .setTimeToLive(20, TimeUnit.SECONDS)
            .setValidateAfterInactivity(TimeValue.ZERO_MILLISECONDS) // at each use
            .build());
    return pool;
  }

  /** Whether there is an end or data to read: unexpected data announces a close, too. */
  @Override
  public boolean isStale() throws IOException { // the pool takes an exception for true
    SocketChannel socket = ensureOpen().getBaseSocket().getChannel();
    socket.configureBlocking(false);
    int read = socket.read(ByteBuffer.allocate(1));
    socket.configureBlocking(true);
    return read != 0;
  }
}
