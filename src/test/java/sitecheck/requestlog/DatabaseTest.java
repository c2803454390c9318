package sitecheck.requestlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.Postgres;

class DatabaseTest {

  @TempDir private Path folder;

  @Test
  void aCommitToAFileIsOnTheDisk() throws SQLException {
    try (Database database = database("jdbc:sqlite:" + folder.resolve("a/folder/log.db"), null)) {
      assertThat(value(database, "pragma synchronous")).as("FULL").isEqualTo("2");
      assertThat(value(database, "pragma journal_mode")).isEqualTo("wal");
    }
  }

  @Test
  void aCommitToPostgresIsOnTheDiskWhateverTheServerIsSetTo() throws SQLException {
    try (Postgres postgres = new Postgres()) {
      Map<String, String> settings = postgres.settings();
      postgres.execute("alter database postgres set synchronous_commit = off");
      try (Database database = database(settings.get("log.db.url"), settings.get("log.db.user"))) {
        assertThat(value(database, "show synchronous_commit")).isEqualTo("on");
      }
    }
  }

  @Test
  void whatIsThereStaysWhenItStartsAgain() throws SQLException {
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

  private static Database database(String url, String user) {
    Database database = new Database();
    database.setJdbcUrl(url);
    database.setUsername(user);
    database.setTables("tables/log");
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
