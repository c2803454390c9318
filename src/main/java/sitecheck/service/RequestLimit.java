package sitecheck.service;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpConsumer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpEngine;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits how many requests a service answers at a time, and turns others away at once with 503 and
 * Retry-After. It counts on the event loop, so that a request too many costs no worker.
 *
 * <p>It also times the requests by method, route and status, as OpenTelemetry's <a
 * href="https://opentelemetry.io/docs/specs/semconv/http/http-metrics/">conventions</a> name it. A
 * client cannot make up any of the values.
 */
public final class RequestLimit extends VertxPlatformHttpEngine implements MeterBinder {
  private static final Logger LOG = LoggerFactory.getLogger(RequestLimit.class);

  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private final int limit;
  private volatile MeterProvider<Timer> duration;

  /** For so many requests of clients, each of which becomes so many requests at this service. */
  public RequestLimit(int maxRequests, int requestsPerClientRequest) {
    limit = maxRequests * requestsPerClientRequest;
  }

  @Override
  public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor route) {
    String router = VertxPlatformHttpRouter.getRouterNameFromPort(getServerPort());
    Processor answering = exchange -> answer(route, exchange);
    return new VertxPlatformHttpConsumer(endpoint, answering, List.of(this::time), router) {
      @Override
      protected void handleRequest(RoutingContext request) {
        if (!isStarted()) { // it was when the request began
          ErrorAnswers.turnAway(request.response(), "this service is about to stop");
        } else if (inFlight.incrementAndGet() > limit) {
          inFlight.decrementAndGet();
          if (turnedAway.getAndIncrement() % 1000 == 0) {
            LOG.warn("More than {} requests at once: {} turned away by now", limit, turnedAway);
          }
          ErrorAnswers.turnAway(request.response(), "too many requests at once");
        } else {
          // It ends with the answer: a client that is gone may have left its request to a worker.
          request.addHeadersEndHandler(answered -> end(request));
          request.put(ErrorAnswers.IN_ROUTE, true);
          super.handleRequest(request);
        }
      }

      private void end(RoutingContext request) {
        inFlight.decrementAndGet();
        if (!getEndpoint().getCamelContext().isStarted()) {
          request.response().putHeader("Connection", "close");
        }
      }
    };
  }

  /**
   * A ByteBuffer is the only body that platform-http-vertx writes at once and with Content-Length:
   * a text goes in chunks, and a stream takes one more worker.
   */
  private static void answer(Processor route, Exchange exchange) throws Exception {
    exchange.removeProperty(
        ExchangePropertyKey.CHARSET_NAME); // the client's, not that of our texts
    route.process(exchange);
    if (exchange.getMessage().getBody() != null && exchange.getException() == null) {
      exchange.getMessage().setBody(exchange.getMessage().getMandatoryBody(ByteBuffer.class));
    }
  }

  private void time(RoutingContext request) {
    long start = System.nanoTime();
    request.addHeadersEndHandler(
        answered -> record(request, Duration.ofNanos(System.nanoTime() - start)));
    request.next();
  }

  private void record(RoutingContext request, Duration time) {
    HttpMethod method = request.request().method();
    String known = HttpMethod.values().contains(method) ? method.name() : "_OTHER";
    String status = String.valueOf(request.response().getStatusCode());
    // The route for unknown paths has the path of the page, but for the asterisk.
    Route route = request.currentRoute();
    String path = route.getPath() + (route.isExactPath() ? "" : "*");
    if (duration != null) {
      Tags tags = Tags.of("http.request.method", known, "http.route", path);
      duration.withTags(tags.and("http.response.status_code", status)).record(time);
    }
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    Duration[] buckets = // as the conventions have them
        Stream.of(5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);
    Timer.Builder timer = Timer.builder("http.server.request.duration");
    duration = timer.serviceLevelObjectives(buckets).withRegistry(meters);
    Gauge.builder("http.server.active_requests", inFlight, AtomicInteger::get).register(meters);
    FunctionCounter.builder("http.server.turned_away_requests", turnedAway, AtomicInteger::get)
        .register(meters);
  }
}
