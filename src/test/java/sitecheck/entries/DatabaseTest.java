package sitecheck.entries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sitecheck.Postgres;

class DatabaseTest {

  /** The common pool has one thread on two processors, and each of these tasks waits. */
  private static final Executor THREADS = task -> new Thread(task).start();

  @TempDir private Path folder;

  @Test
  void aCommitToAFileIsOnTheDiskAndReadsDoNotWaitForIt() throws Exception {
    try (Database database = database("jdbc:sqlite:" + folder.resolve("a/folder/log.db"))) {
      assertThat(value(database, "pragma synchronous")).as("FULL").isEqualTo("2");
      assertThat(value(database, "pragma journal_mode")).isEqualTo("wal");
    }
  }

  @Test
  void aCommitToPostgresIsOnTheDiskDespiteTheServersSettings() throws Exception {
    try (Postgres postgres = new Postgres()) {
      Map<String, String> settings = postgres.settings();
      postgres.execute("alter database postgres set synchronous_commit = off");
      try (Database database = database(settings.get("log.db.url"), settings.get("log.db.user"))) {
        assertThat(value(database, "show synchronous_commit")).isEqualTo("on");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1000, 1000", "100, 250"})
  void aServerThatHangsIsSeenWithinTheTimeOfAConnection(long given, long milliseconds) {
    try (Database database = new Database()) {
      database.setConnectionTimeout(given);

      assertThat(database.getConnectionTimeout()).isEqualTo(milliseconds);
      assertThat(database.getValidationTimeout()).isEqualTo(milliseconds);
    }
  }

  @Test
  void entriesSurviveARestart() throws Exception {
    String url = "jdbc:sqlite:" + folder.resolve("log.db");
    try (Database database = database(url);
        var connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          "insert into entry (id, service, site, connected, latency, time) values ('a', 'b', 'c',"
              + " true, 1, 1)");
    }
    try (Database database = database(url)) {
      assertThat(value(database, "select id from entry")).isEqualTo("a");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:sqlite:/proc/nowhere/log.db, the database jdbc:sqlite:/proc/nowhere/log.db cannot be"
        + " used",
    "jdbc:sqlite::memory:, name a file",
    "jdbc:sqlite:, name a file",
    "jdbc:sqlite:file:log.db?mode=memory, name a file",
    "jdbc:postgresql://127.0.0.1:1/log?password=secret, the database"
        + " jdbc:postgresql://127.0.0.1:1/log cannot be used",
    "jdbc:postgresql://127.0.0.1:x/log?password=secret, the database"
        + " jdbc:postgresql://127.0.0.1:x/log cannot be used",
    "jdbc:postgresql://me:secret@127.0.0.1:x/log, the database jdbc:postgresql://127.0.0.1:x/log"
        + " cannot be used"
  })
  void saysInOneLineAndWithoutAPasswordWhyADatabaseCannotBeUsed(String url, String reason) {
    assertThatThrownBy(() -> database(url, "me", "secret"))
        .hasMessageContaining(reason)
        .hasNoCause()
        .message()
        .doesNotContain("secret", "\n");
  }

  @Test
  void anErrorInAStepFailsItsRequestAndNotTheNext() throws Exception {
    try (Database database = database("jdbc:sqlite:" + folder.resolve("log.db"))) {
      for (int i = 0; i < 2; i++) {
        Exchange failed =
            process(
                database,
                exchange -> {
                  throw new StackOverflowError();
                });
        assertThat(failed.getException()).hasRootCauseInstanceOf(StackOverflowError.class);
      }
      assertThat(process(database, exchange -> {}).getException()).isNull();
    }
  }

  @Test
  void aRequestThatCannotGoOnAfterItsCommitDoesNotHoldUpThoseThatShareIt() throws Exception {
    try (Database database = database("jdbc:sqlite:" + folder.resolve("log.db"))) {
      CountDownLatch mayGoOn = new CountDownLatch(1);
      CompletableFuture<Exchange> first = begin(database, mayGoOn);
      DelegateAsyncProcessor steps = (DelegateAsyncProcessor) database.wrap(null, exchange -> {});
      steps.process(
          new DefaultExchange(new DefaultCamelContext()),
          committed -> {
            throw new StackOverflowError();
          });
      CompletableFuture<Exchange> next =
          CompletableFuture.supplyAsync(() -> process(database, exchange -> {}), THREADS);
      await().until(() -> database.commits.waiting.size() == 2);
      mayGoOn.countDown();

      assertThat(first.get().getException()).isNull();
      assertThat(next).succeedsWithin(Duration.ofSeconds(5));
      assertThat(next.get().getException()).isNull();
    }
  }

  @Test
  void aRequestAfterTheCloseFailsAndDoesNotWait() {
    Database database = database("jdbc:sqlite:" + folder.resolve("log.db"));
    database.close();
    CompletableFuture<Exchange> late =
        CompletableFuture.supplyAsync(() -> process(database, exchange -> {}), THREADS);

    assertThat(late)
        .succeedsWithin(Duration.ofSeconds(5))
        .extracting(Exchange::getException)
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theFailureOfOneRequestFailsThoseThatShareItsTransaction() throws Exception {
    try (Database database = database("jdbc:sqlite:" + folder.resolve("log.db"))) {
      CountDownLatch mayGoOn = new CountDownLatch(1);
      CompletableFuture<Exchange> first = begin(database, mayGoOn);
      List<CompletableFuture<Exchange>> group =
          Stream.of(new IOException("disk"), null)
              .map(
                  failure ->
                      CompletableFuture.supplyAsync(
                          () -> process(database, exchange -> exchange.setException(failure)),
                          THREADS))
              .toList();
      await().until(() -> database.commits.waiting.size() == 2);
      mayGoOn.countDown();

      assertThat(first.get().getException()).isNull();
      assertThat(group.get(0).get().getException()).hasMessage("disk");
      assertThat(group.get(1).get().getException()).hasMessageContaining("not committed");
    }
  }

  /** Starts a request with steps that run until they may go on. */
  private static CompletableFuture<Exchange> begin(Database database, CountDownLatch mayGoOn)
      throws InterruptedException {
    CountDownLatch isRunning = new CountDownLatch(1);
    Processor steps =
        exchange -> {
          isRunning.countDown();
          mayGoOn.await();
        };
    CompletableFuture<Exchange> request =
        CompletableFuture.supplyAsync(() -> process(database, steps), THREADS);
    isRunning.await();
    return request;
  }

  private static Exchange process(Database database, Processor steps) {
    Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    try {
      database.wrap(null, steps).process(exchange);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return exchange;
  }

  private static Database database(String url, String... login) {
    Database database = new Database();
    database.setJdbcUrl(url);
    database.setTables("tables/log");
    database.setConnectionTimeout(1000);
    if (login.length > 0) {
      database.setUsername(login[0]);
      database.setPassword(login[login.length - 1]);
    }
    database.migrate();
    return database;
  }

  private static String value(Database database, String query) throws SQLException {
    try (var connection = database.getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }
}
