package sitecheck.entries;

import java.sql.SQLException;
import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** Checks whether the database answers. The log is not ready while it does not. */
public final class DatabaseHealth extends AbstractHealthCheck {
  private final Database database;

  public DatabaseHealth(Database database) {
    super("log", "database");
    this.database = database;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder result, Map<String, Object> options) {
    try (var connection = database.getConnection()) {
      result.state(connection.isValid(1 /* s */) ? State.UP : State.DOWN);
    } catch (SQLException unreachable) {
      result.down().message(unreachable.getMessage());
    }
  }
}
