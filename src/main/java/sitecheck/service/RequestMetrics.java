package sitecheck.service;

import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Times the requests of a service by method, route and status, as OpenTelemetry's <a
 * href="https://opentelemetry.io/docs/specs/semconv/http/http-metrics/">conventions</a> name it.
 * None of it can be made up by who asks.
 */
final class RequestMetrics implements Handler<RoutingContext>, MeterBinder {

  /** Upper bounds, in milliseconds, as the conventions have them. */
  private static final Duration[] BUCKETS =
      Stream.of(5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private volatile MeterProvider<Timer> duration;

  @Override
  public void bindTo(MeterRegistry meters) {
    duration =
        Timer.builder("http.server.request.duration")
            .serviceLevelObjectives(BUCKETS)
            .withRegistry(meters);
  }

  @Override
  public void handle(RoutingContext request) {
    long start = System.nanoTime();
    request.addHeadersEndHandler(answered -> record(request, System.nanoTime() - start));
    request.next();
  }

  private void record(RoutingContext request, long nanoseconds) {
    if (duration != null) {
      HttpMethod method = request.request().method();
      duration
          .withTags(
              Tags.of(
                  "http.request.method",
                  HttpMethod.values().contains(method) ? method.name() : "_OTHER",
                  "http.route",
                  route(request.currentRoute()),
                  "http.response.status_code",
                  String.valueOf(request.response().getStatusCode())))
          .record(nanoseconds, TimeUnit.NANOSECONDS);
    }
  }

  /** That for all that no other takes has the page's path too. */
  private static String route(Route route) {
    return route.getPath() + (route.isExactPath() ? "" : "*");
  }
}
