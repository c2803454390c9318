package sitecheck.tracing;

import static io.opentelemetry.semconv.DbAttributes.DB_COLLECTION_NAME;
import static io.opentelemetry.semconv.DbAttributes.DB_QUERY_TEXT;
import static io.opentelemetry.semconv.DbAttributes.DB_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.DbAttributes.DB_SYSTEM_NAME;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_NAME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.direct.DirectComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.main.Main;
import org.apache.camel.opentelemetry.OpenTelemetryTracer;
import org.apache.camel.spi.CamelTracingService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteDataSource;
import sitecheck.Callee;
import sitecheck.Ports;

class TracingTest {

  private static final String STANDARD =
      "otel.traces.exporter=none otel.metrics.exporter=none otel.logs.exporter=none "
          + "camel.main.name=application ";

  private static final String QUERY =
      "sql:select name from main.sqlite_master?dataSource=#database";

  private final CamelContext context = new DefaultCamelContext();
  private final Tracing tracing = new Tracing();
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();

  /** In place of environment variables: the SDK reads system properties of the same names. */
  private Map<String, String> variables = Map.of();

  private static Map<String, String> settings(String settings) {
    Map<String, String> map = new HashMap<>();
    Stream.of(settings.strip().split(" "))
        .map(setting -> setting.split("=", 2))
        .filter(setting -> setting.length == 2)
        .forEach(setting -> map.put(setting[0], setting[1]));
    return map;
  }

  private void variables(String settings) {
    variables = settings(settings);
    variables.forEach(System::setProperty);
  }

  private void start(String properties) {
    settings(STANDARD + properties).forEach(context.getPropertiesComponent()::addInitialProperty);
    context.getRegistry().bind("tracing", tracing);
    context.getRegistry().bind("any", SimpleSpanProcessor.create(exporter));
    context.start();
  }

  private OpenTelemetryTracer camelTracer() {
    return context.hasService(OpenTelemetryTracer.class);
  }

  private Tracer tracer() {
    return camelTracer().getTracer();
  }

  private String service() {
    Span span = tracer().spanBuilder("any").startSpan();
    return ((ReadableSpan) span).toSpanData().getResource().getAttribute(SERVICE_NAME);
  }

  @AfterEach
  void stop() {
    context.stop();
    variables.keySet().forEach(System::clearProperty);
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', application",
    "otel.service.name=property, '', property",
    "otel.resource.attributes=service.name=resource, '', resource",
    "'', otel.resource.attributes=service.name=resource, resource",
    "otel.service.name=property, otel.resource.attributes=service.name=resource, property",
    "otel.service.name=property, otel.service.name=variable, variable",
    "otel.service.name=property, otel.service.name=, property",
    "'', otel.service.name= otel.resource.attributes=service.name=resource, resource"
  })
  void theServiceIsNamedByTheVariablesThenThePropertiesThenTheContext(
      String properties, String variables, String name) {
    variables(variables);
    start(properties);

    assertThat(service()).isEqualTo(name);
  }

  @Test
  void theNameOfTheBeanWins() {
    variables("otel.service.name=variable");
    tracing.setServiceName("bean");
    start("otel.resource.attributes=service.name=resource");

    assertThat(service()).isEqualTo("bean");
  }

  @Test
  void aPropertyMayHavePlaceholders() {
    start("name=placeholder otel.service.name=the-{{name}}");

    assertThat(service()).isEqualTo("the-placeholder");
  }

  @ParameterizedTest
  @CsvSource({
    "otel.bsp.schedule.delay=1s",
    "otel.bsp.schedule.delay=",
    "otel.exporter.otlp.endpoint=",
    "otel.traces.exporter=",
    "otel.traces.sampler=",
    "otel.propagators=",
    "otel.resource.attributes=",
    "otel.exporter.otlp.protocol=",
    "otel.traces.sampler.untraced="
  })
  void settingsThatTheSdkAcceptsAreAccepted(String variables) {
    variables(variables);
    start("");

    assertThat(tracer().spanBuilder("any").startSpan().isRecording()).isTrue();
  }

  /** Docker Compose, for example, passes an unset variable on as an empty one. */
  @Test
  void anEmptyVariableLeavesTheProperty() {
    variables("otel.exporter.otlp.protocol= otel.bsp.schedule.delay=");
    try (Callee receiver = new Callee().answers(200, "")) {
      start(
          "otel.traces.exporter=otlp otel.bsp.schedule.delay=1 "
              + "otel.exporter.otlp.protocol=http/protobuf "
              + "otel.exporter.otlp.endpoint=http://127.0.0.1:"
              + receiver.port());
      tracer().spanBuilder("any").startSpan().end();

      assertThat(receiver.takeRequest().line()).isEqualTo("POST /v1/traces");
    }
  }

  /** The endpoint in the properties belongs to another protocol; gRPC has its own port. */
  @ParameterizedTest
  @ValueSource(strings = {"otel.exporter.otlp.protocol", "otel.exporter.otlp.traces.protocol"})
  void theProtocolAloneDoesNotSendToThePortOfAnother(String variable) throws Exception {
    variables(variable + "=grpc");
    try (ServerSocket other = new ServerSocket(0)) {
      other.setSoTimeout(1);
      start(
          "otel.traces.exporter=otlp otel.exporter.otlp.protocol=http/protobuf "
              + "otel.exporter.otlp.endpoint=http://127.0.0.1:"
              + other.getLocalPort());
      tracer().spanBuilder("any").startSpan().end();
      context.stop(); // sends the last spans

      assertThatThrownBy(other::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "otel.traces.sampler=traceidratio otel.traces.sampler.arg=2, ratio must be in range",
    "otel.traces.sampler=sometimes, Unrecognized value for otel.traces.sampler: sometimes",
    "otel.bsp.schedule.delay=soon, Invalid duration property otel.bsp.schedule.delay=soon",
    "otel.propagators=pigeon, Unrecognized value for otel.propagators: pigeon"
  })
  void aSettingThatTheSdkRefusesIsRefusedInItsWords(String properties, String reason) {
    assertThatThrownBy(() -> start("otel.traces.exporter=otlp " + properties))
        .hasStackTraceContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({"/page/log, false", "/pages, true", "/a/page/, true"})
  void noTraceBeginsWithARequestForAPathThatIsLeftOut(String path, boolean traced) {
    start("otel.traces.sampler.untraced=^/page/");

    Span span =
        tracer()
            .spanBuilder("any")
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("url.path", path)
            .startSpan();

    assertThat(span.getSpanContext().isSampled()).isEqualTo(traced);
  }

  @ParameterizedTest
  @ValueSource(strings = {"always_on", "traceidratio", "parentbased_always_on"})
  void noTraceBeginsBelowARequestForAPathThatIsLeftOut(String sampler) {
    start("otel.traces.sampler.untraced=^/page/ otel.traces.sampler=" + sampler);
    Tracer tracer = tracer();
    for (String path : new String[] {"/page/log", "/pages"}) {
      Span request =
          tracer
              .spanBuilder(path)
              .setSpanKind(SpanKind.SERVER)
              .setAttribute("url.path", path)
              .startSpan();
      Context context = Context.root().with(request);
      tracer.spanBuilder("call of " + path).setParent(context).startSpan().end();
      request.end();
    }

    assertThat(exporter.getFinishedSpanItems())
        .extracting(SpanData::getName)
        .containsExactly("call of /pages", "/pages");
  }

  /** The sampler decides about the requests of traced callers, and not the callers. */
  @Test
  void aSamplerThatIgnoresParentsDoesSoBesideAPathThatIsLeftOut() {
    start("otel.traces.sampler.untraced=^/page/ otel.traces.sampler=always_on");
    SpanContext unsampled =
        SpanContext.createFromRemoteParent(
            "5b8efff798038103d269b633813fc60c",
            "eee19b7ec3c1b101",
            TraceFlags.getDefault(),
            TraceState.getDefault());

    Context parent = Context.root().with(Span.wrap(unsampled));
    tracer().spanBuilder("any").setParent(parent).startSpan().end();

    assertThat(exporter.getFinishedSpanItems()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "'b3,tracecontext', b3 traceparent tracestate",
    "b3multi, X-B3-TraceId X-B3-SpanId X-B3-Sampled"
  })
  void theContextTravelsAsThePropagatorsHaveIt(String propagators, String headers) {
    start("otel.propagators=" + propagators);

    Collection<String> fields =
        camelTracer().getContextPropagators().getTextMapPropagator().fields();
    assertThat(fields).containsExactlyInAnyOrder(headers.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:sqlite:, sqlite",
    "jdbc:sqlserver://h, microsoft.sql_server",
    "jdbc:oracle:thin:@h, oracle.db",
    "jdbc:h2:mem:a, h2database",
    "jdbc:db2://h, ibm.db2"
  })
  void aQueryNamesItsDatabaseAndTheTableWithItsSchema(String url, String system) throws Exception {
    HikariDataSource database = new HikariDataSource();
    database.setJdbcUrl(url);
    database.setDataSource(new SQLiteDataSource()); // comes before the URL
    context.getRegistry().bind("database", database);
    RouteBuilder.addRoutes(context, routes -> routes.from("direct:query").to(QUERY));
    start("");

    context.createFluentProducerTemplate().to("direct:query").send();

    assertQuery(system);
  }

  @Test
  void aQueryOfAProducerTemplateIsNamedToo() {
    startWithDatabase();

    context.createFluentProducerTemplate().to(QUERY).send();

    assertQuery("sqlite");
  }

  /** PostgreSQL's, to leave out a table's heirs. SQLite refuses it. */
  @ParameterizedTest
  @ValueSource(strings = {"update only main.orders set a = 1", "DELETE FROM ONLY main.orders"})
  void onlyIsNoTable(String query) {
    startWithDatabase();

    context.createFluentProducerTemplate().to("sql:" + query + "?dataSource=#database").send();

    assertThat(exporter.getFinishedSpanItems())
        .extracting(span -> span.getAttributes().get(DB_COLLECTION_NAME))
        .containsExactly("main.orders");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      delimiter = '|',
      value = {
        "select name from t where a = 'it''s' and b1 = 1.5 and c = :#c | select name from t where a"
            + " = ?? and b1 = ? and c = :#c | SELECT t",
        "delete from t where id in (1, 20) | delete from t where id in (?, ?) | DELETE t",
        "classpath:query.sql | | sql"
      })
  void aQueryHasItsTextWithoutLiterals(String query, String text, String name) {
    startWithDatabase();

    context
        .createFluentProducerTemplate()
        .to("sql:select 1?dataSource=#database")
        .withHeader("CamelSqlQuery", query)
        .send();
    context
        .createFluentProducerTemplate()
        .to("sql:select 1?dataSource=#database&useMessageBodyForSql=true")
        .withBody(query)
        .send();

    assertThat(exporter.getFinishedSpanItems())
        .hasSize(2)
        .allMatch(span -> span.getName().equals(name))
        .allMatch(span -> Objects.equals(span.getAttributes().get(DB_QUERY_TEXT), text));
  }

  @Test
  void aRefusedQueryHasTheStateThatTheDatabaseGives() {
    PGSimpleDataSource nobody = new PGSimpleDataSource();
    nobody.setPortNumbers(new int[] {Ports.free()});
    context.getRegistry().bind("database", nobody);
    start("");

    context.createFluentProducerTemplate().to(QUERY).send();

    assertThat(exporter.getFinishedSpanItems())
        .extracting(span -> span.getAttributes().get(DB_RESPONSE_STATUS_CODE))
        .containsExactly("08001");
  }

  /** Camel gives the decorators a proxy of the endpoint. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterceptedQueryHasTheSameSpan(boolean skipped) throws Exception {
    RouteBuilder.addRoutes(
        context,
        routes -> {
          var intercepted = routes.interceptSendToEndpoint("sql:*");
          (skipped ? intercepted.skipSendToOriginalEndpoint() : intercepted).to("log:any");
          routes.from("direct:query").to(QUERY);
        });
    startWithDatabase();

    context.createFluentProducerTemplate().to("direct:query").send();

    assertQuery("sqlite");
    assertThat(exporter.getFinishedSpanItems())
        .filteredOn(span -> span.getName().equals("query"))
        .singleElement()
        .matches(span -> span.getAttributes().get(DB_SYSTEM_NAME) == null);
  }

  /** A REST DSL route on a server that is not Vert.x, such as camel-netty-http. */
  @ParameterizedTest
  @ValueSource(strings = {"rest:get:orders", "rest-openapi:orders.json"})
  void aRouteOfAnotherServerContinuesTheTraceOfItsHeaders(String uri) throws Exception {
    String id = "5b8efff798038103d269b633813fc60c";
    context.addComponent(uri.split(":")[0], new DirectComponent());
    RouteBuilder.addRoutes(context, routes -> routes.from(uri).setBody().constant("any"));
    start("");
    Consumer server = context.getRoutes().get(0).getConsumer();
    Exchange request = server.getEndpoint().createExchange();
    request.getIn().setHeader(Exchange.HTTP_METHOD, "GET");
    request.getIn().setHeader("traceparent", "00-" + id + "-eee19b7ec3c1b101-01");

    server.getProcessor().process(request);

    assertThat(exporter.getFinishedSpanItems())
        .singleElement()
        .matches(span -> span.getTraceId().equals(id))
        .matches(span -> span.getAttributes().get(HTTP_RESPONSE_STATUS_CODE) == 200);
  }

  private void startWithDatabase() {
    SQLiteDataSource database = new SQLiteDataSource();
    database.setUrl("jdbc:sqlite:");
    context.getRegistry().bind("database", database);
    start("");
  }

  private void assertQuery(String system) {
    assertThat(exporter.getFinishedSpanItems())
        .filteredOn(span -> span.getKind() == SpanKind.CLIENT)
        .singleElement()
        .satisfies(
            span -> {
              assertThat(span.getName()).isEqualTo("SELECT main.sqlite_master");
              assertThat(span.getAttributes().get(DB_SYSTEM_NAME)).isEqualTo(system);
              assertThat(span.getAttributes().get(DB_COLLECTION_NAME))
                  .isEqualTo("main.sqlite_master");
            });
  }

  /** Camel reads no host from this URL. */
  @Test
  void aCallWithoutAHostIsAFailedSpan() throws Exception {
    RouteBuilder.addRoutes(
        context, routes -> routes.from("direct:call").to("http://my_host:8080/api"));
    start("");

    context.createFluentProducerTemplate().to("direct:call").send();

    assertThat(exporter.getFinishedSpanItems())
        .extracting(SpanData::getKind)
        .containsExactly(SpanKind.CLIENT, SpanKind.INTERNAL);
    assertThat(exporter.getFinishedSpanItems())
        .allMatch(span -> span.getStatus().getStatusCode() == StatusCode.ERROR);
  }

  @Test
  void theSpanProcessorsInTheRegistryGetTheSpansToo() {
    start("");

    tracer().spanBuilder("any").startSpan().end();

    assertThat(exporter.getFinishedSpanItems()).hasSize(1);
  }

  @Test
  void camelMainNeedsOneLineAndItsOwnLineDoesNoHarm() throws Exception {
    Main main = new Main();
    main.bind("any", SimpleSpanProcessor.create(exporter));
    main.setDefaultPropertyPlaceholderLocation("false");
    settings(
            STANDARD
                + "camel.beans.tracing=#class:sitecheck.tracing.Tracing "
                + "camel.beans.tracing.service-name=bean camel.opentelemetry.enabled=true")
        .forEach(main::addInitialProperty);
    try {
      main.start();

      assertThat(main.getCamelContext().hasServices(CamelTracingService.class))
          .singleElement()
          .isInstanceOfSatisfying(
              OpenTelemetryTracer.class,
              tracer -> {
                Span span = tracer.getTracer().spanBuilder("any").startSpan();
                assertThat(((ReadableSpan) span).toSpanData().getResource().getAttributes().asMap())
                    .containsEntry(SERVICE_NAME, "bean");
              });
    } finally {
      main.stop();
    }
  }

  @Test
  void theLastSpansAreSentWhenTheContextStops() {
    try (Callee receiver = new Callee().answers(200, "")) {
      tracing.setShutdownTimeout(10_000);
      start(
          "otel.traces.exporter=otlp otel.exporter.otlp.protocol=http/protobuf "
              + "otel.bsp.schedule.delay=60000 otel.exporter.otlp.endpoint=http://127.0.0.1:"
              + receiver.port());
      tracer().spanBuilder("any").startSpan().end();

      context.stop();

      assertThat(receiver.wasAsked()).isTrue();
    }
  }

  @Test
  void aReceiverThatHangsHoldsUpTheEndNoLongerThanTheLimit() {
    try (Callee receiver = new Callee().hangs()) {
      tracing.setShutdownTimeout(200);
      start(
          "otel.traces.exporter=otlp otel.exporter.otlp.protocol=http/protobuf "
              + "otel.exporter.otlp.endpoint=http://127.0.0.1:"
              + receiver.port());
      tracer().spanBuilder("any").setParent(Context.root()).startSpan().end();
      long start = System.nanoTime();

      context.stop();

      assertThat(System.nanoTime() - start).isBetween(200_000_000L, 5_000_000_000L);
    }
  }
}
