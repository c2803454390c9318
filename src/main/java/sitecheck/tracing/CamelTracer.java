package sitecheck.tracing;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.vertx.core.MultiMap;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.apache.camel.opentelemetry.OpenTelemetryTracer;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.apache.camel.tracing.ActiveSpanManager;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.SpanDecorator;
import org.apache.camel.tracing.SpanKind;
import org.apache.camel.tracing.decorators.DirectSpanDecorator;
import org.apache.camel.util.StringHelper;

/**
 * Camel's tracer with decorators of ours; other components keep theirs. A trace that begins in
 * another process goes on here: with the headers of the HTTP request, or with the columns of a row
 * that camel-sql takes from a table ({@code traceparent}).
 */
final class CamelTracer extends OpenTelemetryTracer {
  /** All headers of a name as one, as RFC 9110 section 5.3 has it; two traceparents are none. */
  private static final TextMapGetter<MultiMap> HEADERS =
      (headers, name) -> headers.contains(name) ? String.join(",", headers.getAll(name)) : null;

  private static final TextMapGetter<Map<?, ?>> COLUMNS =
      (row, name) -> Objects.toString(row.get(name), null);

  private final SpanDecorator server = new ServerSpanDecorator(this);
  private final SpanDecorator client = new ClientSpanDecorator();
  private final SpanDecorator route = new RouteSpanDecorator();
  private final SpanDecorator query = new SqlSpanDecorator();

  CamelTracer() {
    setTracingStrategy((camel, definition, step, next) -> new CurrentSpanStep(step));
    use(OpenTelemetry.noop()); // until there is another, or it asks GlobalOpenTelemetry
    setSpanCustomizer(CamelTracer::customize);
    // Camel loads its own decorators by the thread's class loader. That of camel run has none.
    ServiceLoader.load(SpanDecorator.class, getClass().getClassLoader())
        .forEach(decorator -> DECORATORS.putIfAbsent(decorator.getComponent(), decorator));
  }

  void use(OpenTelemetry openTelemetry) {
    setTracer(openTelemetry.getTracer("camel"));
    setContextPropagators(openTelemetry.getPropagators());
  }

  @Override
  protected SpanDecorator getSpanDecorator(Endpoint endpoint) {
    return switch (StringHelper.before(endpoint.getEndpointUri(), ":", "")) {
      case "platform-http", "rest" -> server;
      case "http", "https" -> client;
      case "direct", "seda" -> route;
      case "sql" -> query;
      default -> super.getSpanDecorator(endpoint);
    };
  }

  @Override
  protected SpanAdapter startExchangeBeginSpan(
      Exchange exchange, SpanDecorator decorator, String name, SpanKind kind, SpanAdapter parent) {
    Context context = Context.current();
    if (parent == null && exchange.getIn() instanceof HttpMessage message) {
      // Camel's headers would not do: they mix the request's headers with its query parameters. And
      // a context that is not understood must not go on: the one that goes on is injected anew.
      context = propagator().extract(Context.root(), message.getRequest().headers(), HEADERS);
      propagator().fields().forEach(message::removeHeader);
    } else if (decorator == query && exchange.getIn().getBody() instanceof Map<?, ?> row) {
      context = propagator().extract(Context.root(), row, COLUMNS);
    }
    try (Scope scope = context.makeCurrent()) {
      return super.startExchangeBeginSpan(exchange, decorator, name, kind, parent);
    }
  }

  private static void customize(SpanBuilder span, String name, Exchange exchange) {
    span.setAttribute("camel.route.id", ExchangeHelper.getRouteId(exchange));
    boolean first = ActiveSpanManager.getSpan(exchange) == null;
    if (first && exchange.getIn() instanceof HttpMessage message) {
      ServerSpanDecorator.addRequest(span, message.getRequest(), exchange);
    }
  }

  TextMapPropagator propagator() {
    return getContextPropagators().getTextMapPropagator();
  }

  /** The span of an adapter, which shows it to Camel alone: it is current for a moment. */
  static Span spanOf(SpanAdapter adapter) {
    try (Scope scope = (Scope) adapter.makeCurrent()) {
      return Span.current();
    }
  }

  /** Adds the exception that the exchange failed with, if any, without Camel's one around it. */
  static void addFailure(SpanAdapter adapter, Exchange exchange) {
    Exception thrown = exchange.getException();
    if (thrown != null) {
      boolean wrapped = thrown instanceof RuntimeCamelException && thrown.getCause() != null;
      Throwable failure = wrapped ? thrown.getCause() : thrown;
      spanOf(adapter)
          .setAttribute(ERROR_TYPE, failure.getClass().getName())
          .setStatus(StatusCode.ERROR, Objects.toString(failure.getMessage(), ""))
          .recordException(failure);
    }
  }

  /**
   * A step of a route during which the exchange's span is current, so that a line that the step
   * logs has the span's ids. Camel makes it current on the thread that starts it alone; after a
   * delay, for example, another thread continues the route.
   */
  private static final class CurrentSpanStep extends DelegateAsyncProcessor {
    CurrentSpanStep(Processor step) {
      super(step);
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
      SpanAdapter span = ActiveSpanManager.getSpan(exchange);
      if (span == null) {
        return super.process(exchange, callback);
      }
      // Camel's own scope ends here, on the thread that opened it: Camel may never close it.
      ActiveSpanManager.endScope(exchange);
      try (Scope scope = (Scope) span.makeCurrent()) {
        return super.process(exchange, callback);
      }
    }
  }

  /** The span of a route that another one calls. The call has none: nothing leaves the process. */
  private static final class RouteSpanDecorator extends DirectSpanDecorator {
    @Override
    public boolean newSpan() {
      return false;
    }

    @Override
    public void pre(SpanAdapter span, Exchange exchange, Endpoint endpoint) {}

    @Override
    public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
      addFailure(span, exchange);
    }
  }
}
