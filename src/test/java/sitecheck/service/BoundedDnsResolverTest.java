package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.lang.Thread.State;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;
import org.junit.jupiter.api.Test;

class BoundedDnsResolverTest {

  private final InetAddress[] addresses = {InetAddress.getLoopbackAddress()};
  private final AtomicInteger lookups = new AtomicInteger();
  private final CountDownLatch release = new CountDownLatch(1);

  /** Answers after it is released, and knows only one host. */
  private final DnsResolver slow =
      new DnsResolver() {
        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
          lookups.incrementAndGet();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          if (!host.equals("known")) {
            throw new UnknownHostException(host);
          }
          return addresses;
        }

        @Override
        public String resolveCanonicalHostname(String host) {
          return host;
        }
      };

  @Test
  void aLookUpThatHangsIsWaitedForNoLongerThanItMayTakeAndIsTheOnlyOneOfItsHost() {
    BoundedDnsResolver resolver = new BoundedDnsResolver(slow, 20);

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> resolver.resolve("known"))
          .isInstanceOf(UnknownHostException.class)
          .hasMessage("known: not found within 20 ms");
    }
    assertThat(lookups).hasValue(1);
    release.countDown();
  }

  @Test
  void concurrentLookUpsOfAHostShareItsResult() throws Exception {
    BoundedDnsResolver resolver = new BoundedDnsResolver(slow, 60_000);
    List<InetAddress[]> found = new CopyOnWriteArrayList<>();
    List<Thread> threads =
        Stream.generate(() -> new Thread(() -> found.add(ask(resolver)))).limit(3).toList();
    threads.forEach(Thread::start);
    await().until(() -> threads.stream().allMatch(it -> it.getState() == State.TIMED_WAITING));
    release.countDown();
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(found).hasSize(3).containsOnly(addresses);
    assertThat(lookups).hasValue(1);
    assertThatThrownBy(() -> resolver.resolve("unknown"))
        .isInstanceOf(UnknownHostException.class)
        .hasMessage("unknown");
  }

  private static InetAddress[] ask(BoundedDnsResolver resolver) {
    try {
      return resolver.resolve("known");
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
