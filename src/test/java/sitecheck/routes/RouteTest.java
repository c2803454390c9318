package sitecheck.routes;

import java.util.Properties;
import org.apache.camel.test.main.junit5.CamelMainTestSupport;
import org.junit.jupiter.api.AfterEach;
import sitecheck.Callee;
import sitecheck.Ports;

/**
 * The route files of one service, run by Camel Main as they are, with a {@link Callee} for all
 * callees.
 */
abstract class RouteTest extends CamelMainTestSupport {

  final Callee callee = new Callee();

  /** What comes before application.properties; a test class adds to it when it is constructed. */
  final Properties settings = new Properties();

  private final int port = Ports.free();
  private final String service;

  /** The routes of a service, whose callees are all {@link #callee}. */
  RouteTest(String service) {
    this.service = service;
    settings.setProperty("otel.sdk.disabled", "true");
    settings.setProperty("sites", "stand-in");
    settings.setProperty("data.folder", Ports.folder());
    settings.setProperty("camel.management.enabled", "false");
    for (String called : "upstream service1 service2 log sites".split(" ")) {
      settings.setProperty(called + ".port", String.valueOf(callee.port()));
    }
    settings.setProperty(service + ".port", String.valueOf(port));
    settings.setProperty(service + ".management.port", String.valueOf(Ports.free()));
    camelContextConfiguration().withUseOverridePropertiesWithPropertiesComponent(settings);
  }

  final String url(String path) {
    return "http://127.0.0.1:" + port + path;
  }

  @AfterEach
  void closeCallee() {
    callee.close();
  }

  @Override
  protected String getPropertyPlaceholderLocations() {
    return "file:application-" + service + ".properties,file:application.properties";
  }
}
