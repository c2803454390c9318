package sitecheck.tracing;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.tracing.SpanAdapter;

/** What all of Camel's spans have, whatever they are of. */
final class CamelSpan {

  private static final AttributeKey<String> ROUTE_ID = AttributeKey.stringKey("camel.route.id");

  private CamelSpan() {}

  /** The adapter shows its span to none but Camel; making it current for a moment does. */
  static Span of(SpanAdapter adapter) {
    try (AutoCloseable scope = adapter.makeCurrent()) {
      return Span.current();
    } catch (Exception closing) {
      throw new IllegalStateException(closing);
    }
  }

  /** Keeps which route the exchange is in. */
  static Span inRoute(SpanAdapter adapter, Exchange exchange) {
    return of(adapter).setAttribute(ROUTE_ID, ExchangeHelper.getRouteId(exchange));
  }

  /** Keeps what went wrong, with its stack trace: not what Camel has wrapped it in. */
  static void failed(Span span, Throwable thrown) {
    boolean wrapped = thrown instanceof RuntimeCamelException && thrown.getCause() != null;
    Throwable failure = wrapped ? thrown.getCause() : thrown;
    span.setAttribute(ERROR_TYPE, failure.getClass().getName())
        .setStatus(StatusCode.ERROR, Objects.toString(failure.getMessage(), ""))
        .recordException(failure);
  }
}
