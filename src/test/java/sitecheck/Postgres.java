package sitecheck;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A test's own PostgreSQL server, which can be killed and started again. */
public final class Postgres implements AutoCloseable {

  private final Path data = Path.of(Ports.folder()).toAbsolutePath();
  private final int port = Ports.free();
  private EmbeddedPostgres server;

  public Postgres() {
    start();
  }

  /** Starts the server on its existing data. */
  public void start() {
    try {
      server =
          EmbeddedPostgres.builder()
              .setDataDirectory(data)
              .setCleanDataDirectory(false)
              .setPort(port)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends SIGKILL to all processes of the server at once. */
  public void kill() {
    try {
      long id = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
      ProcessHandle postmaster = ProcessHandle.of(id).orElseThrow();
      List<ProcessHandle> all = postmaster.descendants().toList();
      Stream.concat(Stream.of(postmaster), all.stream()).forEach(ProcessHandle::destroyForcibly);
      postmaster.onExit().join();
      all.forEach(one -> one.onExit().join());
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The settings of a log that stores its entries here. */
  public Map<String, String> settings() {
    return Map.of("log.db.url", url(), "log.db.user", "postgres");
  }

  /** The first column of a query's result. */
  public List<String> query(String query) {
    try (Connection connection = DriverManager.getConnection(url(), "postgres", "");
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  public void execute(String statement) {
    try (Connection connection = DriverManager.getConnection(url(), "postgres", "")) {
      connection.createStatement().execute(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private String url() {
    return "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(port);
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
