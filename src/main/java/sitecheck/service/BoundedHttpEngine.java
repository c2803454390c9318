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
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets so many requests into a service at a time, and turns others away at once with 503 and
 * Retry-After. It stands in front of the workers, so that none waits for one.
 */
public final class BoundedHttpEngine extends VertxPlatformHttpEngine implements MeterBinder {

  private static final Logger LOG = LoggerFactory.getLogger(BoundedHttpEngine.class);
  private static final String PROBLEM =
      "{\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"too many requests at once\"}";

  private final AtomicInteger inFlight = new AtomicInteger();
  private final LongAdder turnedAway = new LongAdder();
  private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());
  private final RequestMetrics metrics = new RequestMetrics();
  private int most = Integer.MAX_VALUE;
  private int times = 1;

  /** An engine that lets all in, until it is told how many. */
  public BoundedHttpEngine() {
    setHandlers(List.of(metrics, this::admit));
  }

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
    return super.createConsumer(endpoint, new WholeAnswer(route));
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    metrics.bindTo(meters);
    Gauge.builder("http.server.active_requests", inFlight, AtomicInteger::get).register(meters);
    FunctionCounter.builder("http.server.turned_away_requests", turnedAway, LongAdder::sum)
        .register(meters);
  }

  private void admit(RoutingContext request) {
    if (inFlight.incrementAndGet() > most * times) {
      inFlight.decrementAndGet();
      turnAway(request);
    } else {
      // When the answer is there: a client that is gone may have left its request to a worker.
      request.addHeadersEndHandler(answered -> inFlight.decrementAndGet());
      request.next();
    }
  }

  private void turnAway(RoutingContext request) {
    turnedAway.increment();
    long now = System.nanoTime();
    long until = quietUntil.get();
    if (now - until >= 0 && quietUntil.compareAndSet(until, now + TimeUnit.SECONDS.toNanos(10))) {
      LOG.warn("More than {} requests at once: {} turned away by now", most * times, turnedAway);
    }
    request
        .response()
        .setStatusCode(503)
        .putHeader("Retry-After", "1")
        .putHeader("Content-Type", "application/problem+json")
        .end(PROBLEM);
  }
}
