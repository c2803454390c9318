package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.spans.OtlpSink;

/** The metrics of each service, at its management port. */
class MetricsTest {

  /** A bean of a route file that has its own metrics. */
  public static final class Queue implements MeterBinder {
    @Override
    public void bindTo(MeterRegistry meters) {
      meters.gauge("queue.waiting", 7);
    }
  }

  private final Map<String, String> settings = Ports.settings();
  private final OtlpSink sink = new OtlpSink();
  private SiteCheck system;

  private void start(String... services) {
    settings.put("traces.port", String.valueOf(sink.port()));
    settings.put("otel.bsp.schedule.delay", "10");
    system = Launcher.inThisJvm(List.of(services), settings);
  }

  @AfterEach
  void stop() {
    system.close();
    sink.close();
  }

  private String url(String service, String path) {
    return "http://127.0.0.1:" + settings.get(service + ".port") + path;
  }

  /** The lines of a service's metrics, without comments. */
  private List<String> metrics(String service) {
    return Http.get(url(service + ".management", "/observe/metrics"))
        .body()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  private static String requests(String method, int status, String route, int count) {
    return "http_server_request_duration_seconds_count{http_request_method=\"%s\","
        .concat("http_response_status_code=\"%d\",http_route=\"%s\"} %d")
        .formatted(method, status, route, count);
  }

  @Test
  void requestsAreCountedByRouteAndStatusAndByNothingThatAClientCanMakeUp() {
    start();
    Http.get(url("main", "/check-sites"));
    Http.get(url("main", "/check-sites?x=1"));
    Http.get(url("main", "/nothing/1"));
    Http.get(url("main", "/nothing/2"));
    Http.send("BREW", url("main", "/nothing/3"));

    assertThat(metrics("main"))
        .filteredOn(line -> line.startsWith("http_server_request_duration_seconds_count"))
        .containsExactlyInAnyOrder(
            requests("GET", 200, "/check-sites", 2),
            requests("GET", 404, "/*", 2),
            requests("_OTHER", 404, "/*", 1));
    assertThat(metrics("log")).contains(requests("POST", 201, "/api/log", 4));
  }

  @Test
  void requestsInFlightAndTurnedAwayRequestsAreCounted() {
    CountDownLatch release = new CountDownLatch(1);
    try (Callee site = new Callee().answersAfter(release)) {
      settings.put("requests.max", "1");
      settings.put("site.timeout", "20000");
      settings.put("site.baidu.url", "http://127.0.0.1:" + site.port());
      start("upstream");
      CompletableFuture<?> inFlight =
          CompletableFuture.runAsync(() -> Http.get(url("upstream", "/api/check-baidu")));
      site.takeRequest();
      Http.get(url("upstream", "/api/check-baidu"));

      assertThat(metrics("upstream"))
          .contains(
              "http_server_active_requests 1.0",
              "http_server_turned_away_requests_total 1.0",
              requests("GET", 503, "/api/check-baidu", 1),
              "httpcomponents_httpclient_pool_total_connections"
                  + "{httpclient=\"calls\",state=\"leased\"} 1.0",
              "httpcomponents_httpclient_pool_route_max_default{httpclient=\"calls\"} 1.0");
      release.countDown();
      inFlight.join();
      assertThat(metrics("upstream"))
          .contains("http_server_active_requests 0.0", requests("GET", 200, "/api/check-baidu", 1));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "text/plain;version=0.0.4",
        "application/openmetrics-text; version=0.0.1; q=0.75, text/plain;version=0.0.4;q=0.5, */*;q=0.1",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
        "application/json"
      })
  void theMetricsAreTheAnswerToAnyAcceptHeader(String accepted) {
    start("sites");

    HttpResponse<String> answer =
        Http.get(url("sites.management", "/observe/metrics"), "Accept", accepted);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    assertThat(answer.body()).contains("http_server_active_requests 0.0");
  }

  @Test
  void eachBreakerTellsItsState() {
    settings.put("camel.resilience4j.sliding-window-size", "1");
    settings.put("camel.resilience4j.minimum-number-of-calls", "1");
    try (Callee healthy = new Callee().answers(200, "{\"connected\":true}")) {
      settings.put("service2.port", String.valueOf(healthy.port()));
      start("upstream");
      Http.get(url("upstream", "/api/check-sites"));
    }

    assertThat(metrics("upstream"))
        .contains(
            "resilience4j_circuitbreaker_state{name=\"service1\",state=\"open\"} 1.0",
            "resilience4j_circuitbreaker_state{name=\"service2\",state=\"closed\"} 1.0");
  }

  @Test
  void spansAreCountedWhenTheyStartAndWhenTheyAreTaken() {
    start("upstream");
    Http.get(url("upstream", "/nothing"));

    awaitMetrics("spans_started_total 1.0", "spans_exported_total 1.0", "spans_dropped_total 0.0");
  }

  @Test
  void spansThatNobodyTakesAreCountedAsDropped() {
    try (Callee refusing = new Callee().answers(400, "")) {
      settings.put("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + refusing.port());
      start("upstream");
      Http.get(url("upstream", "/nothing"));

      awaitMetrics(
          "spans_started_total 1.0", "spans_exported_total 0.0", "spans_dropped_total 1.0");
    }
  }

  @Test
  void spansForWhichTheQueueHasNoPlaceAreCountedAsDropped() {
    CountDownLatch release = new CountDownLatch(1);
    try (Callee hanging = new Callee().answersAfter(release)) {
      settings.put("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + hanging.port());
      settings.put("otel.bsp.max.queue.size", "2");
      settings.put("otel.bsp.max.export.batch.size", "1");
      start("upstream");
      Http.get(url("upstream", "/nothing"));
      hanging.takeRequest(); // the first span is on its way
      for (int i = 0; i < 6; i++) {
        Http.get(url("upstream", "/nothing"));
      }

      awaitMetrics(
          "spans_started_total 7.0", "spans_exported_total 0.0", "spans_dropped_total 4.0");
      release.countDown();
    }
  }

  private void awaitMetrics(String... expected) {
    await().untilAsserted(() -> assertThat(metrics("upstream")).contains(expected));
  }

  @Test
  void aBeanThatHasFiguresOfItsOwnIsAsked() {
    settings.put(Ports.ROUTES, "file:src/test/resources/routes/metrics.camel.yaml");
    start("main");

    assertThat(metrics("main")).contains("queue_waiting 7.0");
  }
}
