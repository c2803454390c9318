package sitecheck.service;

import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpEngine;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits the concurrent requests of a service. Further ones get 503 and Retry-After on the event
 * loop, without a worker. It also times all requests, as <a
 * href="https://opentelemetry.io/docs/specs/semconv/http/http-metrics/">OpenTelemetry</a> does.
 */
public final class RequestLimit extends VertxPlatformHttpEngine implements MeterBinder {
  private static final Logger LOG = LoggerFactory.getLogger(RequestLimit.class);
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private final int limit;
  private Set<String> eventLoop = Set.of();
  private volatile MeterProvider<Timer> duration;

  /** Limits client requests; one of them may cause several requests to this service. */
  public RequestLimit(int maxRequests, int requestsPerClientRequest) {
    limit = maxRequests * requestsPerClientRequest;
  }

  @Override
  public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor route) {
    String router = VertxPlatformHttpRouter.getRouterNameFromPort(getServerPort());
    return new AsyncHttpConsumer(endpoint, route, this, router);
  }

  /** Sets the endpoints with routes that never block and need no worker: {@code POST /api/log}. */
  public void setEventLoop(String endpoints) {
    eventLoop = Set.of(endpoints.split("\\s*,\\s*"));
  }

  boolean neverBlocks(PlatformHttpEndpoint endpoint) {
    return eventLoop.contains(endpoint.getHttpMethodRestrict() + " " + endpoint.getPath());
  }

  /** Times a request, and lets it through unless there are too many. */
  void admit(RoutingContext request) {
    long start = System.nanoTime();
    // Counted until the answer: after a client has gone, its request may still have a worker.
    request.addHeadersEndHandler(
        answered -> {
          inFlight.decrementAndGet();
          record(request, System.nanoTime() - start);
        });
    if (inFlight.incrementAndGet() <= limit) {
      request.next();
      return;
    }
    if (turnedAway.getAndIncrement() % 1000 == 0) {
      LOG.warn("More than {} requests at once: {} turned away by now", limit, turnedAway);
    }
    RefusedRequests.turnAway(request.response(), "too many requests at once");
  }

  /** Records a duration. The asterisk tells the route for unknown paths from the page's. */
  private void record(RoutingContext request, long nanoseconds) {
    HttpMethod method = request.request().method(); // a client can invent methods
    String known = HttpMethod.values().contains(method) ? method.name() : "_OTHER";
    String status = String.valueOf(request.response().getStatusCode());
    var route = request.currentRoute();
    String path = route.getPath() + (route.isExactPath() ? "" : "*");
    Tags tags = Tags.of("http.request.method", known, "http.route", path);
    if (duration != null) { // null until the metrics are bound, just after the start
      duration
          .withTags(tags.and("http.response.status_code", status))
          .record(nanoseconds, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    Duration[] buckets = // of the conventions
        Stream.of(5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);
    Timer.Builder timer = Timer.builder("http.server.request.duration");
    duration = timer.serviceLevelObjectives(buckets).withRegistry(meters);
    meters.gauge("http.server.active_requests", inFlight);
    meters.more().counter("http.server.turned_away_requests", Tags.empty(), turnedAway);
  }
}
