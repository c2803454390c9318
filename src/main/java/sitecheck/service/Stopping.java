package sitecheck.service;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.apache.camel.support.service.ServiceHelper;

/** Makes a service that is stopping not ready, while it answers what is in flight. */
final class Stopping extends AbstractHealthCheck {

  private volatile boolean begun;

  Stopping() {
    super("service", "stopping");
  }

  void begin() {
    begun = true;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder result, Map<String, Object> options) {
    if (begun) {
      result.down().message("is stopping");
    } else {
      result.up();
    }
  }

  /**
   * Turns new requests away, and lets those in flight end. Camel waits for them too, but looks only
   * once a second, and when it has begun to stop its tracer ends no span.
   */
  static void endInFlight(CamelContext context, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    httpRoutes(context).map(Route::getConsumer).forEach(ServiceHelper::suspendService);
    while (context.getInflightRepository().size() > 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  /** Those that answer requests. */
  static Stream<Route> httpRoutes(CamelContext context) {
    return context.getRoutes().stream()
        .filter(route -> route.getEndpoint() instanceof PlatformHttpEndpoint);
  }
}
