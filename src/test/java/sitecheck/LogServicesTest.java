package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.contract.Check;
import sitecheck.contract.TraceContract;
import sitecheck.service.Port;

/** Tests log services, most of them on PostgreSQL. */
class LogServicesTest {

  @RegisterExtension
  static final TraceContract traces = new TraceContract().without(Check.UNEXPLAINED_SPAN);

  private final List<String> ports = new ArrayList<>();
  private Map<String, String> settings;

  @Test
  void twoThatStartAtOnceKeepAnEntryOnceThatBothGet() {
    try (Postgres postgres = new Postgres();
        SiteCheck one = log(postgres);
        SiteCheck other = log(postgres)) {
      CompletableFuture.allOf(
              CompletableFuture.runAsync(one::start), CompletableFuture.runAsync(other::start))
          .join();
      List<String> ids =
          IntStream.range(0, 200).mapToObj(i -> UUID.randomUUID().toString()).toList();

      for (String id : ids) {
        List<Integer> statuses = ports.parallelStream().map(port -> keep(id, port)).toList();
        assertThat(statuses).containsExactly(201, 201);
      }

      assertThat(postgres.query("select id from entry")).containsExactlyInAnyOrderElementsOf(ids);
    }
  }

  /** PgBouncer gives a connection another session of the server after each transaction. */
  @Test
  void oneBehindPgBouncerKeepsAndFindsEachEntry(@TempDir Path folder) throws Exception {
    Path program = Path.of("/usr/sbin/pgbouncer");
    if (!"true".equals(System.getenv("PGBOUNCER_REQUIRED"))) {
      assumeThat(program).exists();
    }
    int port = Ports.free();
    try (Postgres postgres = new Postgres()) {
      Map<String, String> database = new HashMap<>(postgres.settings());
      String server = database.get("log.db.url").replaceAll(".*:(\\d+)/.*", "$1");
      database.computeIfPresent("log.db.url", (name, url) -> url.replace(server, "" + port));
      Path file =
          Files.writeString(
              folder.resolve("pgbouncer.ini"),
              """
              [databases]
              postgres = host=127.0.0.1 port=%s user=postgres
              [pgbouncer]
              listen_addr = 127.0.0.1
              listen_port = %d
              unix_socket_dir =
              auth_type = any
              pool_mode = transaction
              default_pool_size = 2
              ignore_startup_parameters = extra_float_digits
              """
                  .formatted(server, port));
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      Process bouncer =
          new ProcessBuilder(program.toString(), "-q", "-u", "nobody", file.toString())
              .inheritIO()
              .start();
      try (SiteCheck log = log(database)) {
        await().until(() -> !new Port("127.0.0.1", port).isFree());
        log.start();
        List<String> ids =
            IntStream.range(0, 200).mapToObj(i -> UUID.randomUUID().toString()).toList();

        ids.parallelStream().forEach(id -> assertKeptAndFound(id, ports.get(0)));

        assertThat(postgres.query("select id from entry")).containsExactlyInAnyOrderElementsOf(ids);
      } finally {
        bouncer.destroyForcibly().onExit().join();
      }
    }
  }

  private static void assertKeptAndFound(String id, String port) {
    assertThat(keep(id, port)).isEqualTo(201);
    assertThat(Http.get("http://127.0.0.1:" + port + "/api/log").statusCode()).isEqualTo(200);
  }

  @Test
  void aLogWithoutItsDatabaseIsAliveAndNotReady() {
    try (Postgres postgres = new Postgres();
        SiteCheck log = log(postgres)) {
      log.start();
      String health = "http://127.0.0.1:" + settings.get("log.management.port") + "/observe/health";
      assertThat(Http.get(health + "/ready").statusCode()).isEqualTo(200);

      postgres.kill();
      assertThat(Http.get(health + "/ready").statusCode()).isEqualTo(503);
      assertThat(Http.get(health + "/live").statusCode()).isEqualTo(200);
      assertThat(keep("a", ports.get(0))).isEqualTo(503);

      postgres.start();
      await().untilAsserted(() -> assertThat(keep("a", ports.get(0))).isEqualTo(201));
      assertThat(Http.get(health + "/ready").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void forgettingIsATraceOnlyWhenThereIsSomethingToForget() throws Exception {
    try (SiteCheck log = log(Map.of("log.keep.interval", "1"))) {
      log.start();
      String file = "jdbc:sqlite:" + settings.get("data.folder") + "/log.db";
      try (Connection database = DriverManager.getConnection(file);
          Statement statement = database.createStatement()) {
        for (int i = 0; i < 2; i++) {
          statement.execute(
              "insert into entry (id, service, site, connected, latency, time)"
                  + " values ('a', 'b', 'c', true, 1, 1)");
          await().until(() -> !statement.executeQuery("select * from entry").next());
        }
      }
    }
    assertThat(traces.trees(span -> true)).matches("(forget .*\\n\\n?){2}");
  }

  private SiteCheck log(Postgres postgres) {
    return log(postgres.settings());
  }

  private SiteCheck log(Map<String, String> given) {
    settings = Ports.settings();
    settings.putAll(given);
    ports.add(settings.get("log.port"));
    return new SiteCheck(
        List.of("log"), settings, new PrintStream(OutputStream.nullOutputStream(), true));
  }

  private static int keep(String id, String port) {
    String entry =
        """
        {"id": "%s", "service": "service1", "site": "baidu", "connected": true, "latency": 1,
         "status": 200, "time": "%s"}
        """
            .formatted(id, Instant.now());
    return Http.post("http://127.0.0.1:" + port + "/api/log", entry).statusCode();
  }
}
