package sitecheck.entries;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.BeanInject;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.spi.OnCamelContextStopped;
import org.apache.camel.spi.Policy;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.flywaydb.core.Flyway;
import org.springframework.core.NestedExceptionUtils;

/**
 * A pool of connections to a SQLite file or to PostgreSQL. As a route's policy it commits the steps
 * of concurrent requests together; PostgreSQL does that on its own.
 */
public final class Database extends HikariDataSource implements Policy {
  final GroupCommit commits = new GroupCommit(this);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private CamelContext camelContext;
  private String tables;

  /** Sets the folder of Flyway's migrations on the class path. */
  public void setTables(String tables) {
    this.tables = tables;
  }

  /** Sets the password by its setting's name: Camel would resolve placeholders in the value. */
  public void setPasswordSetting(String name) {
    var settings = camelContext.getPropertiesComponent();
    settings.resolveProperty(name);
    settings.getResolvedValue(name).ifPresent(found -> setPassword(found.originalValue()));
  }

  /** Sets the time to get a connection, and to see that a server hangs; at least 250 ms. */
  @Override
  public void setConnectionTimeout(long milliseconds) {
    super.setConnectionTimeout(Math.max(250, milliseconds)); // Hikari refuses less
    setValidationTimeout(getConnectionTimeout());
  }

  @BeanInject
  public void setCamelContext(CamelContext camelContext) {
    this.camelContext = camelContext;
    // Not as a bean's destroy method: a live reload makes a new pool, but some routes keep this.
    OnCamelContextStopped close = stopped -> close();
    camelContext.addLifecycleStrategy(LifecycleStrategySupport.adapt(close));
  }

  /** Creates or upgrades the tables; throws an IllegalStateException that says why it cannot. */
  public void migrate() {
    try {
      if (isFile()) {
        useFile(getJdbcUrl().replaceAll("^jdbc:sqlite:(file:)?|\\?.*", ""));
      } else {
        setDriverClassName("org.postgresql.Driver");
        setConnectionInitSql("set synchronous_commit = on"); // the server's default may differ
        addDataSourceProperty("socketTimeout", "10"); // seconds, if the server hangs
        addDataSourceProperty("prepareThreshold", "0"); // PgBouncer switches sessions
      }
      // In camel run the thread's class loader does not find the migrations.
      Flyway.configure(getClass().getClassLoader())
          .dataSource(this)
          .locations("classpath:" + tables)
          .load()
          .migrate();
    } catch (IOException | RuntimeException e) {
      String reason = NestedExceptionUtils.getMostSpecificCause(e).toString();
      throw new IllegalStateException( // without the cause: it may contain a password
          "the database %s cannot be used: %s"
              .formatted(getJdbcUrl(), reason.replaceAll("\\s+", " "))
              .replaceAll("\\?\\S*|(?<=[/ ])[^/\\s]*@", ""));
    }
  }

  @Override
  public void beforeWrap(Route route, NamedNode definition) {}

  /** Runs the steps on a thread of the database; the request continues there. */
  @Override
  public Processor wrap(Route route, Processor steps) {
    return new DelegateAsyncProcessor(steps) { // Camel starts the steps of a delegate only
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
    setPassword(null); // the driver would take it for an encryption key
    addDataSourceProperty("journal_mode", "WAL"); // readers do not wait for the writer
    addDataSourceProperty("synchronous", "FULL"); // a commit reaches the disk
    addDataSourceProperty("busy_timeout", String.valueOf(getConnectionTimeout()));
  }
}
