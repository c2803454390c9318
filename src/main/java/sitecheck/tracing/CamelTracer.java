package sitecheck.tracing;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.ExceptionAttributes.EXCEPTION_MESSAGE;
import static io.opentelemetry.semconv.ExceptionAttributes.EXCEPTION_STACKTRACE;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.apache.camel.opentelemetry.OpenTelemetryTracer;
import org.apache.camel.spi.InterceptSendToEndpoint;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.apache.camel.tracing.ActiveSpanManager;
import org.apache.camel.tracing.InjectAdapter;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.SpanDecorator;
import org.apache.camel.tracing.SpanKind;
import org.apache.camel.tracing.decorators.DirectSpanDecorator;
import org.apache.camel.util.StringHelper;

/**
 * Camel's tracer with our own decorators for HTTP, SQL, direct and seda. It continues a trace of
 * another process: from the headers of an HTTP request, or from the columns of a row that camel-sql
 * consumes ({@code traceparent}).
 */
final class CamelTracer extends OpenTelemetryTracer {
  /** Joins repeated headers (RFC 9110, section 5.3). Two traceparents become an invalid one. */
  private static final TextMapGetter<MultiMap> HEADERS =
      (headers, name) -> headers.contains(name) ? String.join(",", headers.getAll(name)) : null;

  private static final TextMapGetter<Map<?, ?>> FIELDS =
      (fields, name) -> Objects.toString(fields.get(name), null);

  /** Tells the customizer the request of a server span, before the span starts. */
  private static final ContextKey<HttpServerRequest> REQUEST = ContextKey.named("request");

  private static final List<String> B3 =
      List.of(
          "b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-Flags");

  private Set<String> contextHeaders;
  private final SpanDecorator server = new ServerSpanDecorator(this);
  private final SpanDecorator client = new ClientSpanDecorator();
  private final SpanDecorator route = new RouteSpanDecorator();
  private final SpanDecorator query = new SqlSpanDecorator();

  CamelTracer() {
    setTracingStrategy((camel, definition, step, next) -> withCurrentSpan(step));
    use(OpenTelemetry.noop()); // until the SDK starts, or Camel would ask GlobalOpenTelemetry
    setSpanCustomizer(CamelTracer::customize);
    // Camel loads its own decorators by the thread's class loader, which has none in camel run.
    ServiceLoader.load(SpanDecorator.class, getClass().getClassLoader())
        .forEach(decorator -> DECORATORS.putIfAbsent(decorator.getComponent(), decorator));
  }

  void use(OpenTelemetry openTelemetry) {
    setTracer(openTelemetry.getTracer("camel"));
    setContextPropagators(openTelemetry.getPropagators());
    contextHeaders = new HashSet<>(propagator().fields());
    if (!Collections.disjoint(contextHeaders, B3)) { // it reads both forms, and writes one
      contextHeaders.addAll(B3);
    }
  }

  @Override
  protected SpanDecorator getSpanDecorator(Endpoint endpoint) {
    return switch (StringHelper.before(endpoint.getEndpointUri(), ":", "")) {
      case "platform-http" -> server;
      case "rest", "rest-openapi" ->
          isConsumed(endpoint) ? server : super.getSpanDecorator(endpoint);
      case "http", "https" -> client;
      case "direct", "seda" -> route;
      case "sql" -> query;
      default -> super.getSpanDecorator(endpoint);
    };
  }

  private static boolean isConsumed(Endpoint endpoint) {
    return endpoint.getCamelContext().getRoutes().stream()
        .anyMatch(route -> route.getEndpoint() == endpoint);
  }

  @Override
  protected SpanAdapter startExchangeBeginSpan(
      Exchange exchange, SpanDecorator decorator, String name, SpanKind kind, SpanAdapter parent) {
    Context context = Context.current();
    SpanAdapter ancestor = parent == null ? ServerSpanDecorator.spanOf(exchange) : parent;
    if (ancestor == null && exchange.getIn() instanceof HttpMessage message) {
      // Not from Camel's headers: they include query parameters. The headers are removed so that an
      // invalid context goes no further; calls inject the current one.
      HttpServerRequest request = message.getRequest();
      context = propagator().extract(Context.root(), request.headers(), HEADERS);
      removeContext(message);
      context = decorator == server ? context.with(REQUEST, request) : context;
    } else if (ancestor == null && decorator == server) { // a REST DSL route on another server
      context = propagator().extract(Context.root(), exchange.getIn().getHeaders(), FIELDS);
    } else if (decorator == query && exchange.getIn().getBody() instanceof Map<?, ?> row) {
      context = propagator().extract(Context.root(), row, FIELDS);
    }
    try (Scope scope = context.makeCurrent()) {
      return super.startExchangeBeginSpan(exchange, decorator, name, kind, ancestor);
    }
  }

  @Override
  protected SpanAdapter startSendingEventSpan(
      String name, SpanKind kind, SpanAdapter parent, Exchange exchange, InjectAdapter headers) {
    // The steps of onCompletion run after the end of the request's span.
    SpanAdapter ancestor = parent == null ? ServerSpanDecorator.spanOf(exchange) : parent;
    return super.startSendingEventSpan(name, kind, ancestor, exchange, headers);
  }

  private static void customize(SpanBuilder span, String name, Exchange exchange) {
    span.setAttribute("camel.route.id", ExchangeHelper.getRouteId(exchange));
    HttpServerRequest request = Context.current().get(REQUEST);
    if (request != null) {
      ServerSpanDecorator.addRequest(span, request, exchange);
    }
  }

  void removeContext(Message message) {
    contextHeaders.forEach(message::removeHeader);
  }

  /** The endpoint to which a mocked or intercepted endpoint belongs. */
  static Endpoint original(Endpoint endpoint) {
    return endpoint instanceof InterceptSendToEndpoint it ? it.getOriginalEndpoint() : endpoint;
  }

  TextMapPropagator propagator() {
    return getContextPropagators().getTextMapPropagator();
  }

  /** The span of an adapter. Camel does not expose it, so it becomes current for a moment. */
  static Span spanOf(SpanAdapter adapter) {
    try (Scope scope = (Scope) adapter.makeCurrent()) {
      return Span.current();
    }
  }

  /** Adds the exchange's exception, if there is one, without Camel's wrapper. */
  static void addFailure(SpanAdapter adapter, Exchange exchange) {
    Exception thrown = exchange.getException();
    if (thrown != null) {
      boolean wrapped = thrown instanceof RuntimeCamelException && thrown.getCause() != null;
      Throwable failure = wrapped ? thrown.getCause() : thrown;
      String message = Objects.toString(failure.getMessage(), "");
      Span span = spanOf(adapter);
      span.setAttribute(ERROR_TYPE, failure.getClass().getName())
          .setStatus(StatusCode.ERROR, UrlRedaction.text(message));
      record(span, failure);
    }
  }

  /** Records an exception, without the secrets of the URLs in its texts. */
  static void record(Span span, Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    Attributes texts =
        Attributes.builder()
            .put(EXCEPTION_MESSAGE, UrlRedaction.text(failure.getMessage()))
            .put(EXCEPTION_STACKTRACE, UrlRedaction.text(trace.toString()))
            .build();
    span.recordException(failure, texts);
  }

  /**
   * A step of a route that runs with the exchange's span as the current one, so that its log lines
   * have the span's ids. Camel makes the span current only on the thread that starts it, and
   * another thread may continue the route, for example after a delay.
   */
  private static Processor withCurrentSpan(Processor step) {
    return new DelegateAsyncProcessor(step) {
      @Override
      public boolean process(Exchange exchange, AsyncCallback callback) {
        SpanAdapter span = ActiveSpanManager.getSpan(exchange);
        // Ends Camel's own scope on the thread that opened it: Camel may never close it.
        ActiveSpanManager.endScope(exchange);
        try (Scope scope = span == null ? null : (Scope) span.makeCurrent()) {
          return super.process(exchange, callback);
        }
      }
    };
  }

  /** The span of a called route. The call itself has none: nothing leaves the process. */
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
