package sitecheck.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.message.BasicHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Callee;
import sitecheck.Http;
import sitecheck.Ports;
import sitecheck.contract.CapturedSpan;
import sitecheck.spans.OtlpSink;

/**
 * The spans of an application that uses only the package of this project and the line that adds it,
 * whatever its routes do.
 */
class HttpSpansTest {

  /** An address other than the server's, if this machine has several of its own. */
  private static final String CLIENT =
      System.getProperty("os.name").equals("Linux") ? "127.0.0.2" : "127.0.0.1";

  private final int port = Ports.free();
  private final Callee callee = new Callee().answers(200, "");
  private final OtlpSink sink = new OtlpSink();
  private final Main main = new Main();
  private boolean stopped;

  @BeforeEach
  void start() {
    main.setDefaultPropertyPlaceholderLocation("false"); // not this project's file
    main.setShutdownStrategy(new SimpleMainShutdownStrategy());
    main.addInitialProperty("camel.server.enabled", "true");
    main.addInitialProperty("camel.server.host", "localhost");
    main.addInitialProperty("camel.server.port", String.valueOf(port));
    main.addInitialProperty("camel.main.name", "application");
    main.addInitialProperty("camel.beans.tracing", "#class:sitecheck.tracing.Tracing");
    main.addInitialProperty("camel.beans.tracing.shutdown-timeout", "10000");
    main.addInitialProperty("otel.exporter.otlp.protocol", "http/protobuf");
    main.addInitialProperty("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + sink.port());
    main.addInitialProperty("otel.metrics.exporter", "none");
    main.addInitialProperty("otel.logs.exporter", "none");
  }

  private void run(RouteBuilder routes) throws Exception {
    main.configure().addRoutesBuilder(routes);
    main.start();
  }

  /** Stops the application, and returns its only span of a kind. */
  private CapturedSpan span(String kind) {
    stopApplication();
    List<CapturedSpan> spans =
        sink.spans().stream().filter(span -> span.kind().equals(kind)).toList();
    assertThat(spans).hasSize(1);
    return spans.get(0);
  }

  @AfterEach
  void stop() {
    stopApplication();
    callee.close();
    sink.close();
    assertThat(sink.violations()).isEmpty();
  }

  private void stopApplication() {
    if (!stopped) {
      main.stop();
      stopped = true;
    }
  }

  private String url(String path) {
    return "http://localhost:" + port + path;
  }

  /** Sends what no HTTP client would, and returns the unchanged answer. */
  private String send(String request) throws IOException {
    return send(SocketFactory.getDefault(), request);
  }

  private String send(SocketFactory sockets, String request) throws IOException {
    InetAddress client = InetAddress.getByName(CLIENT);
    try (Socket socket = sockets.createSocket("127.0.0.1", port, client, 0)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static RouteBuilder routes(Routes routes) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        routes.of(this);
      }
    };
  }

  /** The route of most tests: it forwards its requests. */
  private RouteBuilder callsTheCallee() {
    String url = "http://localhost:" + callee.port() + "/api?bridgeEndpoint=true";
    return routes(builder -> builder.from("platform-http:/orders").to(url));
  }

  private interface Routes {
    void of(RouteBuilder builder);
  }

  @ParameterizedTest
  @CsvSource({
    "platform-http:/orders/{id}, /orders/7, GET /orders/{id}",
    "platform-http:/files?matchOnUriPrefix=true, /files/a/b, GET /files*",
    "platform-http:/?matchOnUriPrefix=true, /whatever, GET"
  })
  void aServerSpanIsNamedByRouteNeverByPath(String from, String path, String name)
      throws Exception {
    run(routes(builder -> builder.from(from).setBody().constant("")));

    Http.get(url(path));

    CapturedSpan server = span("SERVER");
    assertThat(server.service()).isEqualTo("application");
    assertThat(server.name()).isEqualTo(name);
    assertThat(server.attributes()).containsEntry("url.path", path);
  }

  @Test
  void aRouteOfTheRestDslIsNoDifferent() throws Exception {
    run(
        routes(
            builder -> {
              builder.rest("/items").get("/{id}").to("direct:item");
              builder.from("direct:item").setBody().constant("");
            }));

    HttpResponse<String> answer = Http.get(url("/items/7?token=secret"));

    assertThat(answer.headers().map()).containsKey("traceresponse");
    CapturedSpan server = span("SERVER");
    assertThat(server.name()).isEqualTo("GET /items/{id}");
    assertThat(server.attributes())
        .containsEntry("url.path", "/items/7")
        .containsEntry("url.query", "token=REDACTED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"direct:hop", "seda:hop", "seda:hop?waitForTaskToComplete=Never"})
  void aHopWithinTheProcessIsOneSpanOfTheRouteThatItLeadsTo(String uri) throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    run(
        routes(
            builder -> {
              builder.from("platform-http:/orders").to(uri).setBody().constant("");
              builder.from(uri).routeId("second").process(exchange -> arrived.countDown());
            }));

    Http.get(url("/orders"));
    assertThat(arrived.await(5, TimeUnit.SECONDS)).isTrue();
    await().until(() -> main.getCamelContext().getInflightRepository().size() == 0);

    CapturedSpan hop = span("INTERNAL");
    assertThat(hop.name()).isEqualTo("hop");
    assertThat(hop.attributes()).containsEntry("camel.route.id", "second");
    assertThat(hop.parentId()).isEqualTo(span("SERVER").id());
    assertThat(sink.spans()).hasSize(2);
  }

  @Test
  void theContextTravelsAsThePropagatorsHaveItAndIsNotEchoed() throws Exception {
    main.addInitialProperty("otel.propagators", "b3multi");
    run(callsTheCallee());
    String id = "0af7651916cd43dd8448eb211c80319c";

    HttpResponse<String> answer =
        Http.get(
            url("/orders"),
            "X-B3-TraceId",
            id,
            "X-B3-SpanId",
            "b7ad6b7169203331",
            "X-B3-Sampled",
            "1");

    assertThat(callee.takeRequest().headers().getFirst("X-B3-TraceId")).isEqualTo(id);
    assertThat(answer.headers().map()).doesNotContainKeys("X-B3-TraceId", "x-b3-traceid");
    assertThat(span("SERVER").traceId()).isEqualTo(id);
  }

  @ParameterizedTest
  @CsvSource({
    "tracecontext, traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "b3multi, b3=0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
    "b3, X-B3-TraceId=0af7651916cd43dd8448eb211c80319c&X-B3-SpanId=b7ad6b7169203331&X-B3-Sampled=1"
  })
  void noQueryParameterJoinsATrace(String propagators, String query) throws Exception {
    main.addInitialProperty("otel.propagators", propagators);
    run(callsTheCallee());

    Http.get(url("/orders?" + query));

    assertThat(span("SERVER").traceId()).isNotEqualTo("0af7651916cd43dd8448eb211c80319c");
  }

  /** Camel's own span for it does not follow the stable conventions, so it is not exported. */
  @Test
  void aCallByTheRestComponentContinuesTheTrace() throws Exception {
    main.addInitialProperty("otel.traces.exporter", "none");
    String uri =
        "rest:get:api?producerComponentName=http&host=http://localhost:%d".formatted(callee.port());
    run(
        routes(
            builder -> builder.from("platform-http:/orders").removeHeaders("CamelHttp*").to(uri)));

    HttpResponse<String> answer = Http.get(url("/orders"));

    assertThat(answer.statusCode()).isEqualTo(200);
    String[] ids = answer.headers().firstValue("traceresponse").orElseThrow().split("-");
    assertThat(callee.takeRequest().headers().getFirst("traceparent"))
        .contains(ids[1])
        .doesNotContain(ids[2]);
  }

  @Test
  void anExceptionThatNobodyHandlesIsAnErrorWithItsStackTrace() throws Exception {
    run(
        routes(
            builder ->
                builder
                    .from("platform-http:/fails")
                    .throwException(IllegalStateException.class, "on purpose")));

    assertThat(Http.get(url("/fails")).statusCode()).isEqualTo(500);

    CapturedSpan server = span("SERVER");
    assertThat(server.failed()).isTrue();
    assertThat(server.attributes())
        .containsEntry("http.response.status_code", 500L)
        .containsEntry("error.type", "500");
    assertThat(server.events())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.name()).isEqualTo("exception");
              assertThat(event.attributes())
                  .containsEntry("exception.type", IllegalStateException.class.getName())
                  .containsEntry("exception.message", "on purpose");
              assertThat((String) event.attributes().get("exception.stacktrace")).contains("\tat ");
            });
  }

  @Test
  void anExceptionWithoutAnErrorHandlerIsKeptToo() throws Exception {
    run(
        routes(
            builder -> {
              builder.errorHandler(builder.noErrorHandler());
              builder
                  .from("platform-http:/fails")
                  .throwException(IllegalStateException.class, "on purpose");
            }));

    assertThat(Http.get(url("/fails")).statusCode()).isEqualTo(500);

    assertThat(span("SERVER").events())
        .extracting(event -> event.attributes().get("exception.message"))
        .containsExactly("on purpose");
  }

  @Test
  void aStatusThatTheRouteSetsIsAnErrorFromFiveHundredOn() throws Exception {
    run(
        routes(
            builder ->
                builder
                    .from("platform-http:/status/{code}")
                    .setHeader(Exchange.HTTP_RESPONSE_CODE, builder.header("code"))));

    assertThat(Http.get(url("/status/503")).statusCode()).isEqualTo(503);

    CapturedSpan server = span("SERVER");
    assertThat(server.failed()).isTrue();
    assertThat(server.events()).isEmpty();
  }

  @Test
  void anExceptionThatIsAnsweredAsTheClientsFaultIsNoError() throws Exception {
    run(
        routes(
            builder -> {
              builder
                  .onException(IllegalArgumentException.class)
                  .handled(true)
                  .setHeader(Exchange.HTTP_RESPONSE_CODE)
                  .constant(400);
              builder
                  .from("platform-http:/refuses")
                  .throwException(IllegalArgumentException.class, "on purpose");
            }));

    assertThat(Http.get(url("/refuses")).statusCode()).isEqualTo(400);

    CapturedSpan server = span("SERVER");
    assertThat(server.failed()).isFalse();
    assertThat(server.events()).isEmpty();
  }

  @Test
  void aClientSpanHasTheUrlThatWasAskedForWithoutItsSecrets() throws Exception {
    run(
        routes(
            builder ->
                builder
                    .from("platform-http:/orders")
                    .removeHeaders("CamelHttp*")
                    .setHeader(Exchange.HTTP_METHOD)
                    .constant("PUT")
                    .setHeader(Exchange.HTTP_PATH)
                    .constant("some/order")
                    .setHeader(Exchange.HTTP_QUERY)
                    .constant("page=1&api_key=secret")
                    .to("http://localhost:" + callee.port() + "/api")));

    Http.get(url("/orders"));

    assertThat(callee.takeRequest().line()).isEqualTo("PUT /api/some/order?page=1&api_key=secret");
    CapturedSpan client = span("CLIENT");
    assertThat(client.name()).isEqualTo("PUT");
    assertThat(client.attributes())
        .containsEntry("http.request.method", "PUT")
        .containsEntry("server.address", "localhost")
        .containsEntry("server.port", (long) callee.port())
        .containsEntry(
            "url.full",
            "http://localhost:" + callee.port() + "/api/some/order?page=1&api_key=REDACTED");
  }

  @Test
  void anAnswerIsTheClientsErrorFromFourHundredOnAndNoException() throws Exception {
    callee.answers(400, "");
    run(callsTheCallee());

    Http.get(url("/orders"));

    CapturedSpan client = span("CLIENT");
    assertThat(client.failed()).isTrue();
    assertThat(client.attributes()).containsEntry("error.type", "400");
    assertThat(client.events()).isEmpty();
  }

  /** Both are what HttpClient does by itself, below Camel's one call. */
  @ParameterizedTest
  @CsvSource({"503, /api/orders", "302, /elsewhere"})
  void aRetryAndARedirectAreOneCallWithTheLastStatus(int first, String last) throws Exception {
    main.addInitialProperty("camel.component.http.follow-redirects", "true");
    AtomicInteger answers = new AtomicInteger();
    callee.answers(
        request -> {
          request.getResponseHeaders().set("Location", "/elsewhere");
          request.getResponseHeaders().set("Retry-After", "0");
          Callee.send(request, answers.getAndIncrement() == 0 ? first : 200, "");
        });
    run(callsTheCallee());

    assertThat(Http.get(url("/orders")).statusCode()).isEqualTo(200);

    assertThat(callee.takeRequest().line()).isEqualTo("GET /api/orders");
    assertThat(callee.takeRequest().line()).isEqualTo("GET " + last);
    CapturedSpan client = span("CLIENT");
    assertThat(client.failed()).isFalse();
    assertThat(client.attributes())
        .containsEntry("url.full", "http://localhost:" + callee.port() + "/api/orders")
        .containsEntry("http.response.status_code", 200L)
        .doesNotContainKey("error.type");
  }

  @Test
  void theTextsOfAnExceptionHaveNoSecretsOfItsUrl() throws Exception {
    callee.answers(403, "");
    String blob = "http://localhost:" + callee.port() + "/blob?sig=hidden";
    run(
        routes(
            builder -> {
              builder.from("platform-http:/orders").removeHeaders("*").to("direct:blob");
              builder.from("direct:blob").to(blob);
            }));

    Http.get(url("/orders"));

    assertThat(callee.takeRequest().line()).contains("sig=hidden");
    CapturedSpan blobs = span("INTERNAL");
    assertThat(blobs.data().getStatus().getDescription()).contains("sig=REDACTED");
    assertThat(blobs.data().toString()).doesNotContain("hidden");
    assertThat(span("SERVER").data().toString()).doesNotContain("hidden");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "direct"})
  void theStepsAfterTheAnswerBelongToTheRequest(String way) throws Exception {
    String audit = "http://localhost:" + callee.port() + "/audit?bridgeEndpoint=true";
    run(
        routes(
            builder -> {
              builder
                  .from("platform-http:/orders")
                  .onCompletion()
                  .to(way.equals("direct") ? "direct:audit" : audit)
                  .end()
                  .setBody()
                  .constant("");
              builder.from("direct:audit").to(audit);
            }));

    Http.get(url("/orders"));
    callee.takeRequest();
    await().until(() -> main.getCamelContext().getInflightRepository().size() == 0);

    CapturedSpan client = span("CLIENT");
    String parent = span(way.equals("direct") ? "INTERNAL" : "SERVER").id();
    assertThat(client.parentId()).isEqualTo(parent);
    assertThat(client.traceId()).isEqualTo(span("SERVER").traceId());
    assertThat(client.attributes()).doesNotContainKeys("url.path", "client.address");
  }

  @ParameterizedTest
  @CsvSource({
    "b3multi, b3, 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
    "b3, X-B3-TraceId, 0af7651916cd43dd8448eb211c80319c"
  })
  void theOtherFormOfB3GoesNoFurther(String propagators, String header, String value)
      throws Exception {
    main.addInitialProperty("otel.propagators", propagators);
    run(callsTheCallee());

    HttpResponse<String> answer = Http.get(url("/orders"), header, value);

    assertThat(callee.takeRequest().headers().getFirst(header)).isNull();
    assertThat(answer.headers().firstValue(header)).isEmpty();
  }

  /** Camel gives the decorators a proxy of the endpoint. */
  @Test
  void anInterceptedCallThatFailsLeavesTheTraceWhole() throws Exception {
    String nobody = "http://localhost:" + Ports.free() + "/api";
    run(
        routes(
            builder -> {
              builder.interceptSendToEndpoint("http:*").setHeader("x-mine").constant("1");
              builder.from("platform-http:/orders").removeHeaders("*").to(nobody);
            }));

    Http.get(url("/orders"));

    CapturedSpan client = span("CLIENT");
    assertThat(client.parentId()).isEqualTo(span("SERVER").id());
    assertThat(client.failed()).isTrue();
    assertThat(client.attributes()).containsEntry("url.full", nobody);
  }

  @Test
  void aCallToAnEndpointThatCamelDoesNotKeepHasTheSameSpan() throws Exception {
    String api = "http://localhost:" + callee.port() + "/api";
    run(routes(builder -> builder.from("platform-http:/orders").removeHeaders("*").toD(api, -1)));

    Http.get(url("/orders"));

    assertThat(span("CLIENT").attributes())
        .containsEntry("url.full", api)
        .containsEntry("http.response.status_code", 200L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "https"})
  void aCallThatIsNotAnsweredIsAnErrorWithItsException(String scheme) throws Exception {
    int nobody = Ports.free();
    run(
        routes(
            builder ->
                builder
                    .from("platform-http:/orders")
                    .to(scheme + "://localhost:" + nobody + "/api?bridgeEndpoint=true")));

    Http.get(url("/orders"));

    CapturedSpan client = span("CLIENT");
    assertThat(client.attributes())
        .containsEntry("url.full", scheme + "://localhost:" + nobody + "/api/orders")
        .containsEntry("error.type", "org.apache.hc.client5.http.HttpHostConnectException")
        .doesNotContainKey("http.response.status_code");
    assertThat(client.data().getStatus().getDescription()).contains("Connection refused");
    assertThat(client.events()).extracting(CapturedSpan.Event::name).containsExactly("exception");
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost/api, localhost, 80",
    "https://localhost/api, localhost, 443",
    "http://[::1]:8080/api, ::1, 8080"
  })
  void aCallThatCamelCannotMakeHasTheUrlInItsSpan(String url, String address, long serverPort)
      throws Exception {
    run(
        routes(
            builder ->
                builder
                    .from("platform-http:/orders")
                    .setHeader(Exchange.HTTP_URI)
                    .constant("no url")
                    .to(url)));

    Http.get(url("/orders"));

    CapturedSpan client = span("CLIENT");
    assertThat(client.failed()).isTrue();
    assertThat(client.attributes())
        .containsEntry("url.full", url)
        .containsEntry("server.address", address)
        .containsEntry("server.port", serverPort);
  }

  @Test
  void aMethodThatThereIsNotIsNoPartOfAClientSpansName() throws Exception {
    run(
        routes(
            builder ->
                builder
                    .from("platform-http:/orders")
                    .setHeader(Exchange.HTTP_METHOD)
                    .constant("BREW")
                    .to("http://localhost:" + callee.port() + "/api")));

    Http.get(url("/orders"));

    CapturedSpan client = span("CLIENT");
    assertThat(client.name()).isEqualTo("HTTP");
    assertThat(client.attributes())
        .containsEntry("http.request.method", "_OTHER")
        .containsEntry("http.request.method_original", "BREW");
    callee.assertNothingLeft();
  }

  @Test
  void aCallThatCamelMakesNoSpanOfChangesNoOther() throws Exception {
    main.addInitialProperty("camel.opentelemetry.exclude-patterns", "http://*");
    run(callsTheCallee());

    Http.get(url("/orders"));

    callee.takeRequest();
    assertThat(span("SERVER").attributes()).doesNotContainKey("url.full");
  }

  @Test
  void theStateOfATraceGoesOnAndIsNotEchoed() throws Exception {
    run(callsTheCallee());

    HttpResponse<String> answer =
        Http.get(
            url("/orders"),
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "tracestate",
            "some=1");

    assertThat(callee.takeRequest().headers().getFirst("tracestate")).isEqualTo("some=1");
    assertThat(answer.headers().map()).doesNotContainKey("tracestate");
  }

  @Test
  void nothingOfTheContextIsEchoed() throws Exception {
    run(callsTheCallee());

    HttpResponse<String> answer =
        Http.get(
            url("/orders"), "traceparent", "nonsense", "tracestate", "some=1", "baggage", "some=1");

    assertThat(answer.headers().map()).doesNotContainKeys("traceparent", "tracestate", "baggage");
    Callee.Request request = callee.takeRequest();
    assertThat(request.headers().getFirst("traceparent")).isNotEqualTo("nonsense");
    assertThat(request.headers().getFirst("tracestate")).isNull();
    assertThat(request.headers().getFirst("baggage")).isEqualTo("some=1");
  }

  @Test
  void theApplicationsOwnClientConfigurationStays() throws Exception {
    main.bind(
        "mine",
        (HttpClientConfigurer)
            client -> client.setDefaultHeaders(List.of(new BasicHeader("x-mine", "1"))));
    main.addInitialProperty("camel.component.http.http-client-configurer", "#bean:mine");
    run(callsTheCallee());

    Http.get(url("/orders"));

    assertThat(callee.takeRequest().headers().getFirst("x-mine")).isEqualTo("1");
    assertThat(span("CLIENT").attributes()).containsKey("url.full");
  }

  @Test
  void aClientSpanShowsRequestAndAnswerAsTheApplicationChangedThem() throws Exception {
    main.bind(
        "mine",
        (HttpClientConfigurer)
            client ->
                client
                    .addExecInterceptorFirst(
                        "path",
                        (request, scope, chain) -> {
                          request.setPath("/other");
                          return chain.proceed(request, scope);
                        })
                    .addExecInterceptorLast(
                        "version",
                        (request, scope, chain) -> {
                          ClassicHttpResponse response = chain.proceed(request, scope);
                          response.setVersion(HttpVersion.HTTP_1_0);
                          return response;
                        }));
    main.addInitialProperty("camel.component.http.http-client-configurer", "#bean:mine");
    run(callsTheCallee());

    Http.get(url("/orders"));

    assertThat(callee.takeRequest().line()).isEqualTo("GET /other");
    assertThat(span("CLIENT").attributes())
        .containsEntry("url.full", "http://localhost:" + callee.port() + "/other")
        .containsEntry("network.protocol.version", "1.0");
  }

  @ParameterizedTest
  @CsvSource({
    "shop.example, shop.example, 80",
    "shop.example:8443, shop.example, 8443",
    "[::1]:8443, ::1, 8443"
  })
  void theServerIsTheOneThatTheClientAskedFor(String host, String address, long serverPort)
      throws Exception {
    run(routes(builder -> builder.from("platform-http:/orders").setBody().constant("")));

    send("GET /orders HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");

    assertThat(span("SERVER").attributes())
        .containsEntry("server.address", address)
        .containsEntry("server.port", serverPort);
  }

  @Test
  void overTlsTheSchemeIsHttpsAndThePortIsItsOwn(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("keys.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    new ProcessBuilder(
            keytool,
            "-genkeypair",
            "-keyalg",
            "EC",
            "-dname",
            "CN=test",
            "-storepass",
            "secret",
            "-keystore",
            file.toString())
        .redirectErrorStream(true)
        .redirectOutput(Redirect.DISCARD)
        .start()
        .waitFor();
    main.addInitialProperty("camel.ssl.enabled", "true");
    main.addInitialProperty("camel.ssl.key-store", "file:" + file);
    main.addInitialProperty("camel.ssl.keystore-password", "secret");
    main.addInitialProperty("camel.server.use-global-ssl-context-parameters", "true");
    run(routes(builder -> builder.from("platform-http:/orders").setBody().constant("")));

    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(KeyStore.getInstance(file.toFile(), "secret".toCharArray()));
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    send(
        tls.getSocketFactory(),
        "GET /orders HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");

    assertThat(span("SERVER").attributes())
        .containsEntry("url.scheme", "https")
        .containsEntry("server.address", "shop.example")
        .containsEntry("server.port", 443L);
  }

  @Test
  void aQueryAndAUserAgentOfNothingAreNone() throws Exception {
    run(routes(builder -> builder.from("platform-http:/orders").setBody().constant("")));

    send("GET /orders? HTTP/1.1\r\nHost: test\r\nUser-Agent:\r\nConnection: close\r\n\r\n");

    assertThat(span("SERVER").attributes()).doesNotContainKeys("url.query", "user_agent.original");
  }

  @Test
  void aRequestOfTheNextProtocolIsNoDifferent() throws Exception {
    run(routes(builder -> builder.from("platform-http:/next").setBody().constant("")));

    HttpRequest request = HttpRequest.newBuilder(URI.create(url("/next"))).build();
    HttpClient.newHttpClient().send(request, BodyHandlers.discarding());

    CapturedSpan server = span("SERVER");
    assertThat(server.name()).isEqualTo("GET /next");
    assertThat(server.attributes())
        .containsEntry("network.protocol.version", "2")
        .containsEntry("server.address", "localhost")
        .containsEntry("server.port", (long) port);
  }

  @Test
  void aRequestOfTheOldProtocolNamesNoServer() throws Exception {
    run(routes(builder -> builder.from("platform-http:/old").setBody().constant("")));

    assertThat(send("GET /old HTTP/1.0\r\n\r\n")).contains("traceresponse");

    assertThat(span("SERVER").attributes())
        .containsEntry("network.protocol.version", "1.0")
        .containsEntry("client.address", CLIENT)
        .containsEntry("server.address", "127.0.0.1")
        .containsEntry("server.port", (long) port)
        .doesNotContainKey("user_agent.original");
  }
}
