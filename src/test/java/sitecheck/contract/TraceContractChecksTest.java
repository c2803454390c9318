package sitecheck.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.Scope;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;

/** The checks find each fault that a trace can have, and nothing else. */
class TraceContractChecksTest {

  @TempDir Path folder;

  private TraceContract traces;
  private Tracer tracer;

  @BeforeEach
  void start() {
    traces = new TraceContract(folder).within(Duration.ofMillis(300));
    tracer = GlobalOpenTelemetry.getTracer("test");
    traces.beforeEach(null);
  }

  @AfterEach
  void stop() {
    CapturedSpans.OF_THIS_JVM.stop();
    OpenScopes.forget();
  }

  @Test
  void nothingIsFoundInATraceThatItsFileExplains() throws Exception {
    write(() -> order("price"));
    order("price");

    traces.verify("order");
    traces.check();
  }

  @Test
  void aDifferenceIsMarkedAndShownWithTheAttributes() throws Exception {
    write(() -> order("price"));
    order("stock");

    assertThatThrownBy(() -> traces.verify("order"))
        .hasMessageContaining("> -   price ")
        .hasMessageContaining("  +   stock ")
        .hasMessageContaining("  .       item ")
        .hasMessageContaining("traced by")
        .hasMessageContaining("attributes = all");
  }

  @Test
  void aWrongKindIsADifference() throws Exception {
    write(() -> end(tracer.spanBuilder("order"), SpanKind.CLIENT));
    end(tracer.spanBuilder("order"));

    assertThatThrownBy(() -> traces.verify("order")).hasMessageContaining("internal");
  }

  @Test
  void aMissingFileIsShown() {
    end(tracer.spanBuilder("order"));

    assertThatThrownBy(() -> traces.verify("order"))
        .hasMessageContaining("There is no")
        .hasMessageContaining("order ");
  }

  @Test
  void aSpanThatNoFileExplainsIsFound() {
    end(tracer.spanBuilder("late"));

    assertFound(Check.UNEXPLAINED_SPAN, "late ");
  }

  @Test
  void aScopeThatIsNotClosedIsFound() {
    Scope leaked = Context.root().with(Span.wrap(context(false))).makeCurrent();

    assertFound(Check.OPEN_SCOPE, "not closed");
    leaked.close();
  }

  @Test
  void aScopeThatAnotherThreadClosesIsFound() throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    Context context = Context.root().with(Span.wrap(context(false)));
    Scope scope = thread.submit(() -> context.makeCurrent()).get();
    try {
      scope.close();
    } catch (IllegalStateException | AssertionError e) {
      // the strict storage throws, too
    }

    assertFound(Check.OPEN_SCOPE, "opened by pool-");
    thread.shutdownNow();
  }

  /** The other thread, with the same context, closes the scope first: only that close counts. */
  @Test
  void aScopeThatAnotherThreadHasClosedInItsOwnContextIsFound() throws Exception {
    ContextStorage storage = new OpenScopes().get(); // the strict storage would not allow it
    Context order = Context.root().with(Span.wrap(context(false)));
    Scope scope = storage.attach(order);
    Thread thread =
        new Thread(
            () -> {
              try (Scope own = storage.attach(order)) {
                scope.close();
              }
            });
    thread.start();
    thread.join();
    scope.close();

    assertThat(storage.current()).isEqualTo(order);
    assertFound(Check.OPEN_SCOPE, "closed by " + thread.getName());
    storage.attach(Context.root());
  }

  @Test
  void theContextThatIsCurrentAlreadyOpensNoScope() {
    Context order = Context.root().with(Span.wrap(context(false)));
    Scope outer = order.makeCurrent();
    Scope none = order.makeCurrent();
    outer.close();
    none.close();

    traces.check();
  }

  @Test
  void aTestBeginsWithoutTheContextThatAnotherHasLeft() {
    Scope leaked = Context.root().with(Span.wrap(context(false))).makeCurrent();
    traces.beforeEach(null);

    assertThat(Context.current()).isEqualTo(Context.root());
    leaked.close();
  }

  @Test
  void oneFileIsNotWrittenForTwoTraces() throws Exception {
    TraceContract writing = new TraceContract(folder).writing();
    order("price");
    writing.verify("order");
    order("price");
    writing.verify("order");
    order("stock");

    assertThatThrownBy(() -> writing.verify("order")).hasMessageContaining("is for two traces");
  }

  @Test
  void aSpanWithoutItsParentIsFound() {
    end(tracer.spanBuilder("orphan").setParent(Context.root().with(Span.wrap(context(false)))));

    assertFound(Check.MISSING_PARENT, "orphan");
  }

  @Test
  void aParentInAnotherProcessIsNotMissing() {
    end(tracer.spanBuilder("served").setParent(Context.root().with(Span.wrap(context(true)))));

    traces.without(Check.UNEXPLAINED_SPAN).check();
  }

  @Test
  void aSpanAgainstTheConventionsIsFoundUnlessItIsAnException() {
    end(tracer.spanBuilder("GET").setAttribute("http.method", "GET"));
    traces.without(Check.UNEXPLAINED_SPAN);

    assertFound(Check.HTTP_CONVENTIONS, "the kind is INTERNAL");
    traces.except("", "they are all known").except("port", "gone");
    end(tracer.spanBuilder("GET").setAttribute("http.method", "GET"));
    traces.check();
    assertThat(traces.unneeded()).containsExactly("\"port\": gone");
  }

  @Test
  void anExceptionThatNoViolationNeedsIsFoundWhenAllTestsHavePassed() throws Exception {
    traces.except("port", "gone");
    ExtensionContext test = context(OneTest.class, "test");
    assertThatCode(() -> traces.afterAll(test)).doesNotThrowAnyException();

    traces.afterEach(test);
    assertThatThrownBy(() -> traces.afterAll(test)).hasMessageContaining("\"port\": gone");
  }

  static class OneTest {
    @Test
    void test() {}
  }

  private static ExtensionContext context(Class<?> type, String method) {
    Map<String, Callable<?>> answers =
        Map.of(
            "getRequiredTestClass", () -> type,
            "getRequiredTestMethod", () -> type.getDeclaredMethod(method),
            "getExecutionException", Optional::empty);
    return (ExtensionContext)
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (proxy, called, arguments) -> answers.get(called.getName()).call());
  }

  @Test
  void aTraceThatDoesNotEndIsFound() {
    tracer.spanBuilder("endless").setParent(Context.root()).startSpan();

    assertThatThrownBy(() -> traces.verify("order")).hasMessageContaining("endless is open");
  }

  @Test
  void manyAtOnceHaveOneTreeEach() throws Exception {
    write(() -> order("price", "stock"));

    traces.verify("order", 50, () -> order("stock", "price"));
    assertThatThrownBy(() -> traces.verify("order", 2, () -> order("price")))
        .hasMessageContaining("0 times the tree of the file, of 2");
  }

  @Test
  void aMixedTraceIsFound() throws Exception {
    write(() -> order());
    Span first = tracer.spanBuilder("order").setParent(Context.root()).startSpan();
    Context mixed = Context.root().with(first);
    first.end();

    assertThatThrownBy(
            () ->
                traces.verify("order", 1, () -> end(tracer.spanBuilder("order").setParent(mixed))))
        .hasMessageContaining("0 times the tree of the file, of 1");
  }

  @Test
  void eachVaryingValueHasAName() throws Exception {
    write(() -> end(tracer.spanBuilder("order to {shop}")));
    end(tracer.spanBuilder("order to 8080"));

    traces.name(8080, "shop");
    traces.verify("order");
  }

  /** A message in a queue has neither a span nor an exchange in flight. */
  @Test
  void waitingInAQueueBelongsToTheTrace() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (CamelContext context = new DefaultCamelContext()) {
      context.addRoutes(
          new RouteBuilder() {
            @Override
            public void configure() {
              from("direct:order").to("seda:confirm?waitForTaskToComplete=Never");
              from("seda:confirm").process(exchange -> go.await(10, TimeUnit.SECONDS));
            }
          });
      context.start();
      context.createProducerTemplate().sendBody("direct:order", "7");
      context.createProducerTemplate().sendBody("direct:order", "8");

      assertThatThrownBy(() -> traces.verify("order")).hasMessageContaining("wait");
      go.countDown();
      traces.within(Duration.ofSeconds(10)).check();
    }
  }

  private void assertFound(Check check, String what) {
    assertThatThrownBy(traces::check)
        .hasMessageContaining(check.title())
        .hasMessageContaining(what);
  }

  private Span order(String... calls) {
    Span order = tracer.spanBuilder("order").setParent(Context.root()).startSpan();
    for (String call : calls) {
      SpanBuilder child = tracer.spanBuilder(call).setAttribute("item", "7");
      end(child.setParent(Context.root().with(order)));
    }
    order.end();
    return order;
  }

  private static Span end(SpanBuilder builder) {
    return end(builder, SpanKind.INTERNAL);
  }

  private static Span end(SpanBuilder builder, SpanKind kind) {
    Span span = builder.setSpanKind(kind).startSpan();
    span.end();
    return span;
  }

  private static SpanContext context(boolean remote) {
    String trace = "0af7651916cd43dd8448eb211c80319c";
    TraceFlags flags = TraceFlags.getSampled();
    return remote
        ? SpanContext.createFromRemoteParent(
            trace, "b7ad6b7169203331", flags, TraceState.getDefault())
        : SpanContext.create(trace, "b7ad6b7169203331", flags, TraceState.getDefault());
  }

  /** Writes the file, like {@code -Dcontract=write}. */
  private void write(Callable<?> request) throws Exception {
    TraceContract writing = new TraceContract(folder).writing();
    request.call();
    writing.verify("order");
  }
}
