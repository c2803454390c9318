package sitecheck.service;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

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
}
