package sitecheck.requestlog;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.StartupListener;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * The connections to a database, SQLite in a file or PostgreSQL, whose tables are made and brought
 * up to date before anyone uses them. What is committed there stays, whatever is killed after it.
 */
public final class Database extends HikariDataSource implements CamelContextAware, StartupListener {

  private static final String SQLITE = "jdbc:sqlite:";

  private String tables;
  private CamelContext camelContext;
  private CompletableFuture<Void> migration;

  @Override
  public void setCamelContext(CamelContext camelContext) {
    this.camelContext = camelContext;
  }

  @Override
  public CamelContext getCamelContext() {
    return camelContext;
  }

  /**
   * Where the <a href="https://documentation.red-gate.com/flyway">migrations</a> are that make the
   * tables, on the class path.
   */
  public void setTables(String tables) {
    this.tables = tables;
  }

  /** Whether it is a file of this process, and not a server that others write to as well. */
  boolean isEmbedded() {
    return getJdbcUrl().startsWith(SQLITE);
  }

  /**
   * Makes the tables, or those that a newer version has more, while the context goes on to start.
   * No route runs before that is done. When the database cannot be used, the start fails.
   *
   * @throws Exception when the context has started already, and the database cannot be used
   */
  public void migrate() throws Exception {
    setDriverClassName(isEmbedded() ? "org.sqlite.JDBC" : "org.postgresql.Driver");
    if (isEmbedded()) {
      addDataSourceProperty("journal_mode", "WAL"); // readers do not wait for who writes
      addDataSourceProperty("synchronous", "FULL"); // a commit is on the disk
      addDataSourceProperty("busy_timeout", String.valueOf(getConnectionTimeout()));
    } else {
      addDataSourceProperty("options", "-c synchronous_commit=on"); // whatever its default is
      addDataSourceProperty("socketTimeout", "10"); // seconds, for a server that hangs
    }
    // Threads of the common pool do not have the class loader that camel run sets.
    migration =
        CompletableFuture.runAsync(this::makeTables, task -> new Thread(task, "migration").start());
    camelContext.addStartupListener(this);
  }

  /** Camel asks when all is ready but the routes' consumers, or at once when those run already. */
  @Override
  public void onCamelContextStarted(CamelContext context, boolean alreadyStarted) {
    try {
      migration.join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof IllegalStateException unusable ? unusable : failed;
    }
  }

  private void makeTables() {
    try {
      if (isEmbedded()) {
        Path file = Path.of(getJdbcUrl().substring(SQLITE.length()));
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      Flyway.configure(getClass().getClassLoader())
          .dataSource(this)
          .locations("classpath:" + tables)
          .load()
          .migrate();
    } catch (IOException
        | FlywayException
        | PoolInitializationException
        | IllegalArgumentException e) {
      throw new IllegalStateException( // without its cause, which is in the message
          "the database %s cannot be used: %s".formatted(getJdbcUrl(), root(e)));
    }
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
