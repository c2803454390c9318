package sitecheck.entries;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.spi.OnCamelContextStopped;
import org.apache.camel.spi.Policy;
import org.apache.camel.spi.PropertiesComponent;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.flywaydb.core.Flyway;
import org.springframework.core.NestedExceptionUtils;

/**
 * A pool of connections to a SQLite file or to PostgreSQL. As the policy of steps it commits those
 * of concurrent requests together; PostgreSQL itself does so.
 */
public final class Database extends HikariDataSource implements CamelContextAware, Policy {
  final GroupCommit commits = new GroupCommit(this);
  private final ExecutorService threads = Executors.newCachedThreadPool();
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
    // A live reload makes another one, while routes that it did not change have this one.
    OnCamelContextStopped close = stopped -> close();
    camelContext.addLifecycleStrategy(LifecycleStrategySupport.adapt(close));
  }

  @Override
  public CamelContext getCamelContext() {
    return camelContext;
  }

  /** Makes or upgrades the tables; IllegalStateException says why the database cannot be used. */
  public void migrate() {
    try {
      if (isFile()) {
        useFile(getJdbcUrl().replaceAll("^jdbc:sqlite:(file:)?|\\?.*", ""));
      } else {
        setDriverClassName("org.postgresql.Driver");
        setConnectionInitSql("set synchronous_commit = on"); // a server may have another default
        addDataSourceProperty("socketTimeout", "10"); // seconds, for a server that hangs
        addDataSourceProperty("prepareThreshold", "0"); // PgBouncer changes sessions
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
              .replaceAll("\\?\\S*|(?<=[/ ])[^/\\s]*@", ""));
    }
  }

  @Override
  public void beforeWrap(Route route, NamedNode definition) {}

  /** The steps run on a thread of the database's, and the request goes on from there. */
  @Override
  public Processor wrap(Route route, Processor steps) {
    return new DelegateAsyncProcessor(steps) { // or Camel would not start the steps
      @Override
      public boolean process(Exchange exchange, AsyncCallback goOn) {
        try {
          if (isFile()) {
            commits.process(exchange, processor, goOn);
          } else {
            threads.execute(() -> processor.process(exchange, goOn));
          }
          return false;
        } catch (RejectedExecutionException e) {
          exchange.setException(new IllegalStateException("the database is closed", e));
          goOn.done(true);
          return true;
        }
      }
    };
  }

  @Override
  public void close() {
    commits.close();
    threads.shutdown();
    super.close();
  }

  private boolean isFile() {
    return getJdbcUrl().startsWith("jdbc:sqlite:");
  }

  private void useFile(String file) throws IOException {
    if (file.isEmpty() || getJdbcUrl().matches(".*(:memory:|mode=memory|vfs=).*")) {
      throw new IOException("each connection would have a database of its own; name a file");
    }
    Files.createDirectories(Path.of(file).toAbsolutePath().getParent());
    setDriverClassName("org.sqlite.JDBC");
    setPassword(null); // it has none, and would take one for a key
    addDataSourceProperty("journal_mode", "WAL"); // reads do not wait for writes
    addDataSourceProperty("synchronous", "FULL"); // a commit is on the disk
    addDataSourceProperty("busy_timeout", String.valueOf(getConnectionTimeout()));
  }
}
