package sitecheck.requestlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.RoutePolicySupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.Postgres;

class DatabaseTest {

  @TempDir private Path folder;

  @Test
  void aCommitToAFileIsOnTheDisk() throws Exception {
    try (Database database = database("jdbc:sqlite:" + folder.resolve("a/folder/log.db"), null)) {
      assertThat(value(database, "pragma synchronous")).as("FULL").isEqualTo("2");
      assertThat(value(database, "pragma journal_mode")).isEqualTo("wal");
    }
  }

  @Test
  void aCommitToPostgresIsOnTheDiskWhateverTheServerIsSetTo() throws Exception {
    try (Postgres postgres = new Postgres()) {
      Map<String, String> settings = postgres.settings();
      postgres.execute("alter database postgres set synchronous_commit = off");
      try (Database database = database(settings.get("log.db.url"), settings.get("log.db.user"))) {
        assertThat(value(database, "show synchronous_commit")).isEqualTo("on");
      }
    }
  }

  @Test
  void whatIsThereStaysWhenItStartsAgain() throws Exception {
    String url = "jdbc:sqlite:" + folder.resolve("log.db");
    try (Database database = database(url, null);
        var connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          "insert into entry (id, service, site, connected, latency, time) values ('a', 'b', 'c', true, 1, 1)");
    }
    try (Database database = database(url, null)) {
      assertThat(value(database, "select id from entry")).isEqualTo("a");
    }
  }

  @Test
  void aContextThatHasStartedAlreadyWaitsForTheTablesToo() throws Exception {
    try (CamelContext context = new DefaultCamelContext()) {
      context.start();
      try (Database database = database("jdbc:sqlite:" + folder.resolve("log.db"), null, context)) {
        assertThat(value(database, "select count(*) from entry")).isEqualTo("0");
      }
    }
  }

  @Test
  void noRouteStartsOnADatabaseThatCannotBeUsed() throws Exception {
    AtomicBoolean started = new AtomicBoolean();
    try (CamelContext context = new DefaultCamelContext()) {
      context.addRoutes(
          new RouteBuilder() {
            @Override
            public void configure() {
              from("direct:route")
                  .routePolicy(
                      new RoutePolicySupport() {
                        @Override
                        public void onStart(Route route) {
                          started.set(true);
                        }
                      })
                  .log("never");
            }
          });
      assertThatThrownBy(() -> database("jdbc:sqlite:/proc/nowhere/log.db", null, context))
          .hasMessageStartingWith("the database jdbc:sqlite:/proc/nowhere/log.db cannot be used");
    }
    assertThat(started).isFalse();
  }

  private static Database database(String url, String user) throws Exception {
    try (CamelContext context = new DefaultCamelContext()) {
      return database(url, user, context);
    }
  }

  private static Database database(String url, String user, CamelContext context) throws Exception {
    Database database = new Database();
    database.setJdbcUrl(url);
    database.setUsername(user);
    database.setTables("tables/log");
    database.setCamelContext(context);
    database.migrate();
    context.start();
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
