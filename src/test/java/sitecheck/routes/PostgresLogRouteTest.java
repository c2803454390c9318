package sitecheck.routes;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import sitecheck.Postgres;

/** The log on PostgreSQL. */
class PostgresLogRouteTest extends LogRouteTest {

  private static Postgres postgres;

  PostgresLogRouteTest() {
    settings.putAll(postgres.settings());
  }

  @BeforeAll
  static void startServer() {
    postgres = new Postgres();
  }

  @AfterAll
  static void stopServer() {
    postgres.close();
  }

  @AfterEach
  void forgetAll() {
    postgres.execute("delete from entry");
  }
}
