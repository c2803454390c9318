package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class LegThreadsTest {
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();
  private final CyclicBarrier allLegs = new CyclicBarrier(3);

  @Test
  void theCallerRunsTheLastLegAndEachOtherOneHasAThreadAtOnce() throws Exception {
    try (DefaultCamelContext context = new DefaultCamelContext()) {
      new LegThreads().setCamelContext(context);
      context.addRoutes(new ThreeLegs());
      context.start();

      for (int request = 0; request < 20; request++) {
        context.createProducerTemplate().requestBody("direct:start", "");

        assertThat(threads).hasSize(3).containsEntry("third", Thread.currentThread());
        assertThat(threads.values()).doesNotHaveDuplicates();
      }
    }
  }

  private final class ThreeLegs extends RouteBuilder {
    @Override
    public void configure() {
      from("direct:start")
          .multicast()
          .parallelProcessing()
          .stopOnException()
          .to("direct:first", "direct:second", "direct:third");
      for (String leg : new String[] {"first", "second", "third"}) {
        from("direct:" + leg).process(exchange -> meet(leg));
      }
    }

    private void meet(String leg) throws Exception {
      threads.put(leg, Thread.currentThread());
      allLegs.await(10, TimeUnit.SECONDS);
    }
  }
}
