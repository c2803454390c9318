package sitecheck.service;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpConsumer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpEngine;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets so many requests into a service at a time, and turns others away at once with 503 and
 * Retry-After. It stands in front of the workers, so that none waits for one.
 */
public final class BoundedHttpEngine extends VertxPlatformHttpEngine implements MeterBinder {

  private static final Logger LOG = LoggerFactory.getLogger(BoundedHttpEngine.class);

  private final AtomicInteger inFlight = new AtomicInteger();
  private final LongAdder turnedAway = new LongAdder();
  private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());
  private final RequestMetrics metrics = new RequestMetrics();
  private int most = Integer.MAX_VALUE;
  private int times = 1;

  /** How many requests of a client the system answers at a time. */
  public void setMost(int most) {
    this.most = most;
  }

  /** How many requests each of them becomes at this service. */
  public void setTimes(int times) {
    this.times = times;
  }

  @Override
  public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor route) {
    String routerName = VertxPlatformHttpRouter.getRouterNameFromPort(getServerPort());
    // Whoever answers GET answers HEAD: Vert.x leaves the body out.
    if ("GET".equals(endpoint.getHttpMethodRestrict())) {
      endpoint.setHttpMethodRestrict("GET,HEAD");
    }
    return new VertxPlatformHttpConsumer(
        endpoint, new WholeAnswer(route), List.of(metrics), routerName) {
      @Override
      protected void handleRequest(RoutingContext request) {
        if (isSuspended()) {
          turnAway(request, "this service is about to stop");
        } else if (inFlight.incrementAndGet() > most * times) {
          inFlight.decrementAndGet();
          sayTooMany();
          turnAway(request, "too many requests at once");
        } else {
          // When the answer is there: a client that is gone may have left its request to a worker.
          request.addHeadersEndHandler(answered -> inFlight.decrementAndGet());
          request.put(Refusals.IN_ROUTE, true);
          super.handleRequest(request);
        }
      }
    };
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    metrics.bindTo(meters);
    Gauge.builder("http.server.active_requests", inFlight, AtomicInteger::get).register(meters);
    FunctionCounter.builder("http.server.turned_away_requests", turnedAway, LongAdder::sum)
        .register(meters);
  }

  private void sayTooMany() {
    turnedAway.increment();
    long now = System.nanoTime();
    long until = quietUntil.get();
    if (now - until >= 0 && quietUntil.compareAndSet(until, now + TimeUnit.SECONDS.toNanos(10))) {
      LOG.warn("More than {} requests at once: {} turned away by now", most * times, turnedAway);
    }
  }

  private static void turnAway(RoutingContext request, String why) {
    request.response().putHeader("Retry-After", "1");
    GuardedVertx.problem(request.response(), 503, why);
  }
}
