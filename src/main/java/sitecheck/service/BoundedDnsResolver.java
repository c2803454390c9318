package sitecheck.service;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Waits no longer for the address of a host than it may take. The look-up itself cannot be ended,
 * and goes on; whoever asks for the same host meanwhile waits for the same one, so that there are
 * no more of them than hosts.
 */
final class BoundedDnsResolver implements DnsResolver {

  private final DnsResolver resolver;
  private final long limit;
  private final Map<String, CompletableFuture<InetAddress[]>> lookups = new ConcurrentHashMap<>();

  /**
   * Bounds a resolver.
   *
   * @param limit how long to wait, in milliseconds
   */
  BoundedDnsResolver(DnsResolver resolver, long limit) {
    this.resolver = resolver;
    this.limit = limit;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    try {
      return lookups.computeIfAbsent(host, this::start).get(limit, MILLISECONDS);
    } catch (TimeoutException late) {
      throw new UnknownHostException("%s: not found within %d ms".formatted(host, limit));
    } catch (ExecutionException failure) {
      Throwable cause = failure.getCause();
      throw (UnknownHostException) new UnknownHostException(cause.getMessage()).initCause(cause);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException(host);
    }
  }

  private CompletableFuture<InetAddress[]> start(String host) {
    CompletableFuture<InetAddress[]> lookup = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                lookup.complete(resolver.resolve(host));
              } catch (UnknownHostException | RuntimeException failure) {
                lookup.completeExceptionally(failure);
              } finally {
                lookups.remove(host);
              }
            },
            "look-up of " + host);
    thread.setDaemon(true);
    thread.start();
    return lookup;
  }

  @Override
  public String resolveCanonicalHostname(String host) throws UnknownHostException {
    return resolver.resolveCanonicalHostname(host);
  }
}
