package sitecheck.service;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.PoolingHttpClientConnectionManagerMetricsBinder;
import org.apache.camel.CamelContext;
import org.apache.camel.support.CamelContextHelper;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import sitecheck.tracing.Tracing;

/** What a service tells of itself in figures. Each MeterBinder in its registry adds some. */
final class Metrics {

  private Metrics() {}

  static void bind(CamelContext context, Tracing tracing) {
    MeterRegistry meters = CamelContextHelper.findSingleByType(context, MeterRegistry.class);
    FunctionCounter.builder("spans.ended", tracing, Tracing::endedSpans).register(meters);
    FunctionCounter.builder("spans.exported", tracing, Tracing::exportedSpans).register(meters);
    FunctionCounter.builder("spans.dropped", tracing, Tracing::droppedSpans).register(meters);
    PoolingHttpClientConnectionManager connections =
        CamelContextHelper.findSingleByType(context, PoolingHttpClientConnectionManager.class);
    new PoolingHttpClientConnectionManagerMetricsBinder(connections, "calls").bindTo(meters);
    context.getRegistry().findByType(MeterBinder.class).forEach(binder -> binder.bindTo(meters));
  }
}
