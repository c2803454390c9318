package sitecheck.service;

import java.time.Duration;
import org.apache.camel.CamelContext;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;

/** Has what is in flight end before {@code camel run} ends, as a {@link Service} has it. */
public final class CamelRunStop extends MainListenerSupport {

  @Override
  public void beforeStop(BaseMainSupport main) {
    CamelContext context = main.getCamelContext();
    String limit = context.resolvePropertyPlaceholders("{{stop.timeout}}");
    Stopping.endInFlight(context, Duration.ofMillis(Long.parseLong(limit)));
  }
}
