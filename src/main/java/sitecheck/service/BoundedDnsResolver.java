package sitecheck.service;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.core5.concurrent.DefaultThreadFactory;

/**
 * Limits the time of a DNS look-up, in milliseconds. The look-up cannot be cancelled and continues;
 * calls to one host share it, so that hanging threads do not pile up.
 */
final class BoundedDnsResolver extends SystemDefaultDnsResolver {
  private final Map<String, Future<InetAddress[]>> lookups = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(new DefaultThreadFactory("DNS look-up", true));
  private final DnsResolver resolver;
  private final long limit;

  BoundedDnsResolver(DnsResolver resolver, long limit) {
    this.resolver = resolver;
    this.limit = limit;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    try {
      return lookups.compute(host, this::lookUp).get(limit, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException | InterruptedException e) {
      throw e.getCause() instanceof UnknownHostException unknown
          ? unknown
          : new UnknownHostException("%s: not found within %d ms".formatted(host, limit));
    }
  }

  private Future<InetAddress[]> lookUp(String host, Future<InetAddress[]> running) {
    boolean shared = running != null && !running.isDone();
    return shared ? running : threads.submit(() -> resolver.resolve(host));
  }
}
