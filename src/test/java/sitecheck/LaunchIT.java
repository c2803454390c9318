package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.service.Port;
import sitecheck.spans.OtlpSink;

/** Starts the jar as users do, and configures it by options, by variables and by a file. */
class LaunchIT {

  /** Camel would wait 45 s for a request that hangs. */
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;

  private final Map<String, String> ports = Ports.settings();
  private final Map<String, String> environment = Ports.environment(ports);
  private final List<Launch> launched = new ArrayList<>();

  private Launch launch(String... arguments) {
    Launch launch = new Launch(folder, environment, arguments);
    launched.add(launch);
    return launch;
  }

  @AfterEach
  void endAll() {
    launched.forEach(Launch::close);
  }

  private int port(String name) {
    return Integer.parseInt(ports.get(name + ".port"));
  }

  private String url(String name, String path) {
    return "http://127.0.0.1:" + port(name) + path;
  }

  private SiteCheck storeOnOurPorts() {
    return Launcher.inThisJvm(List.of("traces"), ports);
  }

  private void assertNothingListens() {
    assertThat(Ports.taken(ports)).isEmpty();
  }

  /** Waits until the trace has spans of these services, and of no others. */
  private void assertServices(HttpResponse<String> answer, String... services) {
    String id = Trace.id(answer);
    await()
        .untilAsserted(
            () ->
                assertThat(Trace.read(url("traces", ""), id).spans())
                    .extracting(Trace.Span::service)
                    .containsOnly(services));
  }

  @Test
  void everythingRunsWithoutAnythingGiven() {
    launch().awaitReady();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites-v2"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertServices(answer, "main", "upstream", "service1", "service2", "log");
    await().until(() -> launched.get(0).output().contains("GET /check-sites-v2"));
    assertThat(launched.get(0).errors()).isEmpty();
  }

  /**
   * A JVM that must use the stored classes, and cannot, does not start. The argument file has an
   * option that only some JVMs know; this test adds another, which this JVM does not know.
   */
  @Test
  void theBuildKeepsTheClassesForEachStart() throws Exception {
    Files.createSymbolicLink(folder.resolve("target"), Path.of("target").toAbsolutePath());
    String options = Files.readString(Path.of("target/site-check"));
    String must = options.contains("AOTCache") ? "-XX:AOTMode=on" : "-Xshare:on";

    Launch launch = launch(must, "-XX:+OptionOfAnotherJvm", "@target/site-check");

    assertThat(launch.awaitReady().errors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @EnabledForJreRange(min = JRE.JAVA_21)
  void workersAreVirtualThreadsUnlessThatIsSwitchedOff(boolean virtual) throws Exception {
    String off = "-Dcamel.threads.virtual.enabled=false";
    Launch launch = (virtual ? launch() : launch(off)).awaitReady();

    Http.get(url("main", "/check-sites-v2"));

    assertThat(launch.platformThreads().contains("- worker")).isEqualTo(!virtual);
  }

  @Test
  void eachServiceRunsInAProcessOfItsOwn() {
    environment.put("SITES", "stand-in");
    Stream.of("traces", "sites", "log", "service1", "service2", "upstream", "main")
        .map(this::launch)
        .toList()
        .forEach(Launch::awaitReady);

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    Trace.await(url("traces", ""), Trace.id(answer), SystemTest.checkSites("/check-sites"));
    assertThat(launched).noneMatch(launch -> launch.output().contains("GET /check-sites"));
  }

  @Test
  void standInsAreCheckedWhereTheyRun() {
    assertThat(launch("sites", "service1").awaitReady().output())
        .contains("baidu  " + url("sites", "/baidu"));
  }

  @Test
  void realSitesAreCheckedUnlessTheStandInsRunToo() {
    assertThat(launch("log", "service1").awaitReady().output())
        .contains("log ", "service1 ", "baidu  https://www.baidu.com")
        .doesNotContain("main", "upstream", "service2", "sites ", "qq");
  }

  @Tag("any-jdk")
  @ParameterizedTest
  @CsvFileSource(resources = "/sitecheck/failed.csv", delimiter = '|', quoteCharacter = '\0')
  void aFailedStartIsOneLineAndAnExitStatus(String given, String message) throws Exception {
    List<String> arguments = new ArrayList<>();
    if (given.matches("[A-Z_]+=.*")) {
      environment.put(given.split("=", 2)[0], given.split("=", 2)[1]);
    } else {
      environment.remove("MAIN_PORT");
      arguments.addAll(List.of(given.startsWith("-") ? new String[] {given} : given.split(",")));
    }

    Launch launch = launch(arguments.toArray(String[]::new));

    assertThat(launch.exitStatus()).isEqualTo(1);
    assertThat(launch.errors()).startsWith("site-check: " + message).hasLineCount(1);
    assertNothingListens();
  }

  @Test
  void aBlankThatCamelWouldTakeForAPartOfTheValueIsRefused() throws Exception {
    Launch launch = launch("-Dcheck-sites.parallel=true ");

    assertThat(launch.exitStatus()).isEqualTo(1);
    assertThat(launch.errors()).contains("check-sites.parallel is 'true '").hasLineCount(1);
  }

  @Test
  void anEditedRouteRunsWithoutABuild() throws Exception {
    Launcher.copyRoutes(folder.resolve("routes"));
    Path main = folder.resolve("routes/main.camel.yaml");
    Files.writeString(
        main,
        Files.readString(main).replace("platform-http:/check-baidu", "platform-http:/edited"));
    launch("-Droutes.folder=file:routes").awaitReady();

    assertThat(Http.get(url("main", "/edited")).statusCode()).isEqualTo(200);
  }

  /** As "Try changing" in the README says: a profile, settings, and three lines. */
  @Test
  void aThirdCheckerIsAProfileSettingsAndThreeLines() throws Exception {
    Launcher.copyRoutes(folder.resolve("routes"));
    Path upstream = folder.resolve("routes/upstream.camel.yaml");
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(upstream)) {
      lines.add(line);
      if (line.contains("service2")) {
        lines.add(line.replace("service2", "service3"));
      }
    }
    assertThat(lines).hasSize(Files.readAllLines(upstream).size() + 3);
    Files.write(upstream, lines);
    String profile = Files.readString(Path.of("application-service2.properties"));
    Files.writeString(
        folder.resolve("application-service3.properties"), profile.replace("service2", "service3"));
    Files.writeString(
        folder.resolve("application.properties"),
        """
        services = main, upstream, service1, service2, service3, sites, log, traces
        service3.port = %d
        service3.management.port = %d
        service3.host = {{listen.host}}
        service3.site = bing
        site.bing.url = {{site.qq.url}}
        """
            .formatted(Ports.free(), Ports.free()));
    launch("-Droutes.folder=file:routes").awaitReady();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites-v2"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true,\"bing\":true}");
    assertServices(answer, "main", "upstream", "service1", "service2", "service3", "log");
  }

  @Test
  void aPortInUseIsNamedAndNothingIsLeftRunning() throws Exception {
    try (var taken = new ServerSocket(port("main"), 1, InetAddress.getLoopbackAddress())) {
      Launch launch = launch();

      assertThat(launch.exitStatus()).isEqualTo(1);
      assertThat(launch.errors())
          .startsWith("site-check: ")
          .contains(String.valueOf(taken.getLocalPort()), "main.port")
          .hasLineCount(1);
    }
    assertNothingListens();
  }

  @Test
  void aVariableComesBeforeAnOptionAndThatBeforeTheFile() throws Exception {
    ports.keySet().forEach(setting -> environment.remove(Ports.variable(setting)));
    List<String> lines = new ArrayList<>();
    ports.forEach((setting, port) -> lines.add(setting + "=" + port));
    lines.add("site.baidu.url=http://127.0.0.1:1/file");
    lines.add("site.qq.url=http://127.0.0.1:1/file");
    lines.add("check-sites.parallel=true");
    Files.write(folder.resolve("application.properties"), lines);
    environment.put("SITE_QQ_URL", url("sites", "/qq"));

    Launch launch =
        launch(
                "-Dsite.baidu.url=http://127.0.0.1:1/option",
                "-Dsite.qq.url=http://127.0.0.1:1/option")
            .awaitReady();

    assertThat(launch.output())
        .contains("main      " + url("main", ""))
        .contains("baidu  http://127.0.0.1:1/option")
        .contains("qq  " + url("sites", "/qq"));
    assertThat(Http.get(url("main", "/check-sites")).body())
        .isEqualTo("{\"baidu\":false,\"qq\":true}");
  }

  @Test
  void aServiceNameInTheEnvironmentDoesNotMakeOneOfFive() {
    environment.put("OTEL_SERVICE_NAME", "one-for-all");
    environment.put("OTEL_RESOURCE_ATTRIBUTES", "service.name=another,team=camel");
    launch().awaitReady();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertServices(answer, "main", "upstream", "service1", "service2", "log");
    assertThat(Http.get(url("traces", "/api/v2/trace/" + Trace.id(answer))).body())
        .contains("\"team\":\"camel\"");
  }

  @Test
  void aServiceAloneInItsProcessTakesItsNameFromTheEnvironment() {
    launch("traces").awaitReady();
    environment.put("OTEL_SERVICE_NAME", "the-log");
    launch("log").awaitReady();

    assertServices(Http.get(url("log", "/api/log")), "the-log");
  }

  @Test
  void spansGoWhereTheEnvironmentSays() throws Exception {
    Map<String, String> others = Ports.settings();
    try (SiteCheck elsewhere = Launcher.inThisJvm(List.of("traces"), others)) {
      String store = "http://127.0.0.1:" + others.get("traces.port");
      environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", store);
      assertThat(launch().awaitReady().output()).containsPattern("spans +sent to " + store);

      String id = Trace.id(Http.get(url("main", "/check-sites")));

      Trace.await(store, id, SystemTest.checkSites("/check-sites"));
      assertThat(new Port("127.0.0.1", port("traces")).isFree()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:%d", "http://127.0.0.1:%d/"})
  void aDestinationOnThisMachineIsOurs(String endpoint) {
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.formatted(port("traces")));
    launch().awaitReady();

    assertServices(
        Http.get(url("main", "/check-sites")), "main", "upstream", "service1", "service2", "log");
  }

  @Test
  void aTreeLeadsToNoPageWhereThereIsNone() {
    environment.put("OTEL_TRACES_EXPORTER", "none");
    Launch launch = launch().awaitReady();

    String id = Trace.id(Http.get(url("main", "/check-sites")));

    await().until(() -> launch.output().contains("\ntrace " + id));
    assertThat(launch.output()).doesNotContain("zipkin");
  }

  @Test
  void allListenWhereTheyAreToldAndFindEachOtherThere() throws Exception {
    environment.put("LISTEN_HOST", "127.0.0.2");
    launch().awaitReady();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites").replace("0.0.1", "0.0.2"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertNothingListens();
    String zipkin = url("traces", "").replace("0.0.1", "0.0.2");
    await().until(() -> Trace.read(zipkin, Trace.id(answer)).spans().size() > 10);
  }

  @Test
  void spansTellTheVersionOfTheJarAndTheInstance() {
    try (OtlpSink sink = new OtlpSink()) {
      environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + sink.port());
      launch("main").awaitReady();
      Http.get(url("main", "/check-baidu"));

      await().until(() -> !sink.spans().isEmpty());
      assertThat(sink.spans().get(0).resourceAttributes())
          .containsEntry("service.name", "main")
          .containsKey("service.instance.id")
          .hasEntrySatisfying(
              "service.version",
              version -> assertThat((String) version).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?"));
    }
  }

  /** Other digits, another calendar, and the Turkish i. */
  @ParameterizedTest
  @CsvSource({"ar, EG, ''", "th, TH, ''", "hi, IN, u-nu-deva", "tr, TR, ''"})
  void nothingThatAMachineReadsDependsOnTheLocale(
      String language, String country, String extensions) {
    launch(
            "-Duser.language=" + language,
            "-Duser.country=" + country,
            "-Duser.extensions=" + extensions)
        .awaitReady();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertServices(answer, "main", "upstream", "service1", "service2", "log");
    assertThat(Http.get(url("log", "/api/log?limit=1")).body())
        .contains("\"time\":\"" + Year.now(ZoneOffset.UTC));
    assertThat(Http.get(url("service1.management", "/observe/metrics")).body())
        .contains("state=\"disabled\"");
  }

  @Test
  void aJaegerThatTakesTheSpansIsFound() throws Exception {
    HttpServer jaeger = HttpServer.create(new InetSocketAddress("127.0.0.1", 16686), 0);
    jaeger.createContext(
        "/api/v3/services", request -> Callee.send(request, 200, "{\"services\":[\"main\"]}"));
    jaeger.start();
    try (OtlpSink sink = new OtlpSink("127.0.0.1", port("traces"))) {
      Launch launch = launch().awaitReady();
      String id = Trace.id(Http.get(url("main", "/check-sites")));

      assertThat(launch.output()).containsPattern("spans +http://localhost:16686/\\R");
      await().until(() -> launch.output().contains("http://localhost:16686/trace/" + id));
      await().until(() -> !sink.spans().isEmpty());
    } finally {
      jaeger.stop(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:1", "http://localhost:1/"})
  void noStoreStartsWhereAJaegerIsToHaveTheTraces(String address) {
    environment.put("TRACES_JAEGER", address);

    assertThat(launch().awaitReady().output()).containsPattern("spans +http://localhost:1/\\R");
    assertThat(new Port("127.0.0.1", port("traces")).isFree()).isTrue();
  }

  @Test
  void theConsoleExporterPrints() {
    environment.put("OTEL_TRACES_EXPORTER", "console");
    Launch launch = launch("main").awaitReady();
    String id = Trace.id(Http.get(url("main", "/check-sites")));

    await().until(() -> launch.output().contains(id));
  }

  @Test
  void sitesAreAskedThroughAProxy() {
    try (Callee proxy = new Callee().answers(204, "")) {
      environment.put("SITE_BAIDU_URL", "http://site.invalid/");
      launch(
              "-Dcamel.component.http.use-system-properties=true",
              "-Dhttp.proxyHost=127.0.0.1",
              "-Dhttp.proxyPort=" + proxy.port(),
              "log",
              "service1")
          .awaitReady();

      assertThat(Http.get(url("service1", "/api/check")).body()).isEqualTo("{\"connected\":true}");
      assertThat(proxy.takeRequest().line()).isEqualTo("HEAD http://site.invalid/");
      proxy.assertNothingLeft(); // not for the log, which is on this machine
    }
  }

  @Test
  void faultsCanBeSetOnTheLoopbackOfIpv6() {
    environment.put("LISTEN_HOST", "[::1]");
    launch().awaitReady();

    assertThat(Http.get("http://[::1]:" + port("main") + "/page/faults").body())
        .contains("\"sites\":{\"delay\":");
  }

  @Test
  void noLevelOfTheLogPrintsAPassword() throws Exception {
    environment.put("LOG_LEVEL", "TRACE");
    environment.put("LOG_DB_PASSWORD", "Zz9{{secret}}");
    try (Postgres postgres = new Postgres()) {
      environment.put("LOG_DB_URL", postgres.settings().get("log.db.url"));
      environment.put("LOG_DB_USER", "postgres");
      Launch launch = launch("log").awaitReady();
      Http.get(url("log", "/api/log"));
      launch.terminate();
      launch.exitStatus();

      assertThat(launch.output()).contains("TRACE").doesNotContain("Zz9");
    }
  }

  /** A hundred entries fail at once, and the pool notices the crash for each of its connections. */
  @Test
  void aDatabaseThatCrashesIsALineASecondAtMost() throws Exception {
    try (Postgres postgres = new Postgres()) {
      environment.put("LOG_DB_URL", postgres.settings().get("log.db.url"));
      environment.put("LOG_DB_USER", "postgres");
      environment.put("OTEL_TRACES_EXPORTER", "none");
      Launch launch = launch("log").awaitReady();
      assertThat(keep()).isEqualTo(201);
      postgres.kill();
      long begin = System.nanoTime();
      ExecutorService clients = Executors.newFixedThreadPool(10);
      List<Callable<Integer>> requests = Collections.nCopies(100, this::keep);

      for (Future<Integer> answer : clients.invokeAll(requests)) {
        assertThat(answer.get()).isEqualTo(503);
      }
      clients.shutdown();

      long seconds = 1 + (System.nanoTime() - begin) / 1_000_000_000;
      Stream<String> lines = launch.output().lines();
      assertThat(lines.filter(line -> line.matches("[\\d:.]{12} (WARN|ERROR) .*")))
          .anyMatch(line -> line.contains("refused"))
          .hasSizeLessThanOrEqualTo((int) seconds + 1); // one is from the route that forgets
    }
  }

  private int keep() {
    String entry =
        "{\"id\":\"%s\",\"service\":\"service1\",\"site\":\"baidu\",\"connected\":true,\"latency\":1,\"status\":204,\"time\":\"2026-01-01T00:00:00Z\"}";
    return Http.post(url("log", "/api/log"), entry.formatted(UUID.randomUUID())).statusCode();
  }

  @Test
  void aSamplerThatTakesNothingTracesNothing() throws Exception {
    environment.put("OTEL_TRACES_SAMPLER", "always_off");
    Launch launch = launch().awaitReady();

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));
    launch.terminate();

    assertThat(answer.headers().firstValue("traceresponse").orElseThrow()).matches(".*-0[02]");
    assertThat(launch.exitStatus()).isEqualTo(143);
    assertThat(launch.output()).doesNotContain("GET /check-sites");
  }

  @Test
  void aDisabledSdkLeavesTheAnswersAsTheyAre() {
    environment.put("OTEL_SDK_DISABLED", "true");
    assertThat(launch().awaitReady().output()).containsPattern("spans +not sent");

    HttpResponse<String> answer = Http.get(url("main", "/check-sites"));

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertThat(answer.headers().firstValue("traceresponse")).isEmpty();
  }

  @Test
  void theStoreAndTheSitesAreNeverTraced() {
    environment.put("OTEL_SDK_DISABLED", "false");
    launch().awaitReady();

    for (int exports = 0; exports < 3; exports++) { // an export would be a request to the store
      HttpResponse<String> answer = Http.get(url("main", "/check-sites"));
      assertServices(answer, "main", "upstream", "service1", "service2", "log");
    }
    assertThat(Http.get(url("traces", "/api/v2/services")).body())
        .contains("main")
        .doesNotContain("traces", "sites");
  }

  @Test
  void spansGoToThePortOfTheirProtocol() {
    environment.put("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc");

    assertThat(launch().awaitReady().output())
        .containsPattern("spans +sent to http://localhost:4317");
  }

  @Test
  void anEmptyEndpointIsNone() {
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "");

    assertThat(launch().awaitReady().output())
        .containsPattern("spans +http://localhost:" + port("traces") + "/zipkin/");
  }

  @Test
  void theLastSpansLeaveWhenItIsTerminated() throws Exception {
    environment.put("OTEL_BSP_SCHEDULE_DELAY", "60000");
    try (SiteCheck outliving = storeOnOurPorts()) {
      Launch launch = launch().awaitReady();
      String id = Trace.id(Http.get(url("main", "/check-sites")));

      launch.terminate();

      assertThat(launch.exitStatus()).isEqualTo(143);
      assertThat(Trace.read(url("traces", ""), id))
          .hasToString(SystemTest.checkSites("/check-sites"));
      assertThat(launch.errors()).isEmpty();
    }
  }

  @Test
  void theStoreOfTheSystemTakesItsLastSpans() throws Exception {
    environment.put("OTEL_BSP_SCHEDULE_DELAY", "60000");
    environment.put("STOP_SPANS_TIMEOUT", "3000"); // retries to a closed store take longer
    Launch launch = launch().awaitReady();
    Http.get(url("main", "/check-sites"));

    launch.terminate();

    assertThat(launch.exitStatus()).isEqualTo(143);
    assertThat(launch.output()).doesNotContain("WARN", "ERROR");
  }

  @Test
  void aRequestInFlightIsAnsweredAfterSigterm() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (SiteCheck outliving = storeOnOurPorts();
        Callee site = new Callee().answersAfter(release)) {
      environment.put("SITE_QQ_URL", "http://127.0.0.1:" + site.port());
      environment.put("STOP_TIMEOUT", "20000");
      Launch launch = launch().awaitReady();
      CompletableFuture<HttpResponse<String>> inFlight =
          CompletableFuture.supplyAsync(() -> Http.get(url("main", "/check-sites")));
      site.takeRequest();

      launch.terminate();
      await().until(() -> Http.get(url("main", "/headers")).statusCode() == 503);
      release.countDown();

      assertThat(inFlight.get().body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
      assertThat(launch.exitStatus()).isEqualTo(143);
      assertThat(Trace.read(url("traces", ""), Trace.id(inFlight.get())))
          .hasToString(SystemTest.checkSites("/check-sites"));
    }
  }

  @Test
  void anEntryThatIsNotTakenIsSaidUnlessNothingIsToBe() {
    environment.put("LOG_HOST", "nowhere.invalid");
    Launch talkative = launch("sites", "service1").awaitReady();
    Http.get(url("service1", "/api/check"));
    await().until(() -> talkative.output().contains("//nowhere.invalid:" + port("log")));
    talkative.close();

    environment.put("LOG_LEVEL", "OFF");
    Launch quiet = launch("sites", "service1").awaitReady();
    Http.get(url("service1", "/api/check"));
    assertThat(quiet.output()).doesNotContain("nowhere.invalid");
  }

  @Test
  void aRequestThatHangsDoesNotHoldUpTheEnd() throws Exception {
    try (Callee site = new Callee().hangs()) {
      environment.put("SITE_TIMEOUT", "3600000");
      environment.put("CHECKER_TIMEOUT", "3600000");
      environment.put("CHECK_SITES_TIMEOUT", "3600000");
      environment.put("UPSTREAM_TIMEOUT", "3600000");
      environment.put("SITE_QQ_URL", "http://127.0.0.1:" + site.port());
      Launch launch = launch().awaitReady();
      CompletableFuture<Void> hanging =
          CompletableFuture.runAsync(() -> Http.get(url("main", "/check-sites")));
      site.takeRequest();

      launch.terminate();

      assertThat(launch.exitStatus(SOON)).isEqualTo(143);
      await().until(hanging::isDone);
    }
  }

  @ParameterizedTest
  @CsvSource({"true, HTTP status code 404", "false, Failed to connect"})
  void spansThatAreNotTakenAreSaidWithTheirUrlAndTheReason(boolean listens, String reason) {
    try (Callee receiver = new Callee().answers(404, "")) {
      String url = "http://127.0.0.1:" + (listens ? receiver.port() : Ports.free());
      environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", url);
      Launch launch = launch().awaitReady();
      Http.get(url("main", "/check-sites"));

      await().untilAsserted(() -> assertThat(launch.output()).contains(reason));
      assertThat(launch.output()).contains("(spans go to " + url + ")").doesNotContain("null");
    }
  }

  @Test
  void aReceiverOfSpansThatHangsDoesNotHoldUpTheEnd() throws Exception {
    try (Callee receiver = new Callee().hangs()) {
      environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + receiver.port());
      Launch launch = launch().awaitReady();
      Http.get(url("main", "/check-sites"));
      receiver.takeRequest();

      launch.terminate();

      assertThat(launch.exitStatus(SOON)).isEqualTo(143);
      assertThat(launch.output()).contains("The last spans were not taken within");
    }
  }
}
