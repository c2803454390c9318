package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.OutputStream;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sitecheck.service.Port;

/** Tests the health that each service reports on its management port. */
class HealthTest {

  private static final CountDownLatch routesMayStart = new CountDownLatch(1);
  private static volatile boolean databaseIsThere;

  /** Delays the routes until the test lets them start. */
  public static final class Slow implements RoutePolicyFactory {
    @Override
    public RoutePolicy createRoutePolicy(CamelContext context, String id, NamedNode route) {
      try {
        routesMayStart.await();
        return null;
      } catch (InterruptedException closing) {
        throw new IllegalStateException(closing);
      }
    }
  }

  /** A health check for a part that does not belong to Camel. */
  public static final class Database extends AbstractHealthCheck {
    public Database() {
      super("test", "database");
    }

    @Override
    protected void doCall(HealthCheckResultBuilder result, Map<String, Object> options) {
      result.state(databaseIsThere ? State.UP : State.DOWN);
    }
  }

  private final Map<String, String> settings = Ports.settings();
  private SiteCheck system;

  private void create(String... services) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true);
    system = new SiteCheck(List.of(services), settings, nowhere);
  }

  @AfterEach
  void stop() {
    routesMayStart.countDown();
    system.close();
    assertThat(
            new Port("127.0.0.1", Integer.parseInt(settings.get("main.management.port"))).isFree())
        .isTrue();
  }

  private HttpResponse<String> health(String service, String kind) {
    String port = settings.get(service + ".management.port");
    return Http.get("http://127.0.0.1:" + port + "/observe/health/" + kind);
  }

  private int ready(String service) {
    return health(service, "ready").statusCode();
  }

  @Test
  void eachServiceIsReadyAndAliveWhenAllRun() {
    create();
    system.start();

    assertThat(List.of("main", "upstream", "service1", "service2", "log", "sites"))
        .allSatisfy(
            service -> {
              assertThat(ready(service)).isEqualTo(200);
              assertThat(health(service, "live").statusCode()).isEqualTo(200);
            });
  }

  @Test
  void itIsNotReadyBeforeItsRoutesAreNorWhileAPartOfItsIsMissing() throws Exception {
    databaseIsThere = false;
    settings.put(Ports.ROUTES, "file:src/test/resources/routes/unready.camel.yaml");
    create("main");
    CompletableFuture<Void> started = CompletableFuture.runAsync(system::start);
    Port management = new Port("127.0.0.1", Integer.parseInt(settings.get("main.management.port")));
    await().until(() -> !management.isFree());
    await().untilAsserted(() -> assertThat(ready("main")).isEqualTo(503));

    routesMayStart.countDown();
    started.get();

    assertThat(health("main", "ready"))
        .satisfies(
            answer -> assertThat(answer.statusCode()).isEqualTo(503),
            answer -> assertThat(answer.body()).contains("database").doesNotContain("route"));
    assertThat(health("main", "live").statusCode()).isEqualTo(200);
    databaseIsThere = true;
    assertThat(ready("main")).isEqualTo(200);
  }

  @Test
  void itIsNotReadyWhileItStopsAndAnswersTheRequestsInFlight() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (Callee site = new Callee().answersAfter(release)) {
      settings.put("site.baidu.url", "http://127.0.0.1:" + site.port());
      settings.put("stop.timeout", "20000");
      for (String called : List.of("site", "upstream")) {
        settings.put(called + ".timeout", "20000");
      }
      create();
      system.start();
      CompletableFuture<HttpResponse<String>> inFlight =
          CompletableFuture.supplyAsync(
              () -> Http.get("http://127.0.0.1:" + settings.get("main.port") + "/check-baidu"));
      site.takeRequest();

      CompletableFuture<Void> stopped = CompletableFuture.runAsync(system::close);

      await().until(() -> ready("main") == 503);
      assertThat(health("main", "ready").body()).contains("Suspending");
      release.countDown();
      assertThat(inFlight.get().body()).isEqualTo("{\"connected\":true}");
      stopped.get();
    }
  }
}
