package sitecheck.entries;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.spi.Policy;
import org.apache.camel.spi.PropertiesComponent;
import org.flywaydb.core.Flyway;
import org.springframework.core.NestedExceptionUtils;

/**
 * A pool of connections to a SQLite file or to PostgreSQL, with the tables made. As the policy of
 * steps it commits those of concurrent requests together; PostgreSQL itself does so.
 */
public final class Database extends HikariDataSource implements CamelContextAware, Policy {
  private final GroupCommit commits = new GroupCommit(this);

  // Not a virtual thread: SQLite would hold its carrier while the disk writes.
  private final Thread writer = new Thread(commits, "group-commit");

  private CamelContext camelContext;
  private String tables;

  /** The folder with Flyway's migrations, on the class path. */
  public void setTables(String tables) {
    this.tables = tables;
  }

  /** The setting that has the password; Camel would look for placeholders in the value. */
  public void setPasswordSetting(String name) {
    PropertiesComponent settings = camelContext.getPropertiesComponent();
    settings.resolveProperty(name);
    settings.getResolvedValue(name).ifPresent(found -> setPassword(found.originalValue()));
  }

  @Override
  public void setCamelContext(CamelContext camelContext) {
    this.camelContext = camelContext;
  }

  @Override
  public CamelContext getCamelContext() {
    return camelContext;
  }

  /**
   * Makes the tables, or brings them up to date.
   *
   * @throws IllegalStateException when the database cannot be used; it says why in one line
   */
  public void migrate() {
    try {
      if (isFile()) {
        useFile(getJdbcUrl().replaceAll("^jdbc:sqlite:(file:)?|\\?.*", ""));
      } else {
        setDriverClassName("org.postgresql.Driver");
        setConnectionInitSql("set synchronous_commit = on"); // a server may have another default
        addDataSourceProperty("socketTimeout", "10"); // seconds, for a server that hangs
      }
      // The thread's class loader does not find the tables in camel run.
      Flyway.configure(getClass().getClassLoader())
          .dataSource(this)
          .locations("classpath:" + tables)
          .load()
          .migrate();
    } catch (IOException | RuntimeException e) {
      String reason = NestedExceptionUtils.getMostSpecificCause(e).toString();
      throw new IllegalStateException( // without the cause, which can have a password
          "the database %s cannot be used: %s"
              .formatted(getJdbcUrl(), reason.replaceAll("\\s+", " "))
              .replaceAll("\\?\\S*|(?<=//)[^/\\s]*@", ""));
    }
  }

  @Override
  public void beforeWrap(Route route, NamedNode definition) {
    // nothing to prepare
  }

  @Override
  public Processor wrap(Route route, Processor steps) {
    return isFile() ? exchange -> commits.process(exchange, steps) : steps;
  }

  @Override
  public void close() {
    writer.interrupt();
    super.close();
  }

  /** How many requests wait for the next commit. */
  int waiting() {
    return commits.waiting();
  }

  private boolean isFile() {
    return getJdbcUrl().startsWith("jdbc:sqlite:");
  }

  private void useFile(String file) throws IOException {
    if (file.isEmpty() || getJdbcUrl().matches(".*(:memory:|mode=memory).*")) {
      throw new IOException("each connection would have a database of its own; name a file");
    }
    Files.createDirectories(Path.of(file).toAbsolutePath().getParent());
    setDriverClassName("org.sqlite.JDBC");
    addDataSourceProperty("journal_mode", "WAL"); // reads do not wait for writes
    addDataSourceProperty("synchronous", "FULL"); // a commit is on the disk
    addDataSourceProperty("busy_timeout", String.valueOf(getConnectionTimeout()));
    writer.setDaemon(true);
    writer.start();
  }
}
