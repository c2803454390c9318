package sitecheck.routes;

import static java.util.stream.Collectors.joining;

import java.util.Properties;
import java.util.stream.Stream;
import org.apache.camel.main.MainConfigurationProperties;
import org.apache.camel.test.main.junit5.CamelMainTestSupport;
import org.junit.jupiter.api.AfterEach;
import sitecheck.Callee;
import sitecheck.Ports;

/**
 * The route files of one service, run by Camel Main as they are, with whom they call replaced by a
 * {@link Callee}. Nothing of this project is around them.
 */
abstract class RouteTest extends CamelMainTestSupport {

  final Callee callee = new Callee();

  /** What comes before application.properties; a test class adds to it when it is constructed. */
  final Properties settings = new Properties();

  private final int port = Ports.free();
  private final String[] files;

  /**
   * The routes of a service, in which all that it may call is {@link #callee}.
   *
   * @param service whose settings count
   * @param files its files in routes/
   */
  RouteTest(String service, String... files) {
    this.files = files;
    settings.setProperty("this.service", service);
    settings.setProperty("sites", "stand-in");
    settings.setProperty("data.folder", Ports.folder());
    settings.setProperty("camel.management.enabled", "false");
    for (String called : "upstream service1 service2 log sites".split(" ")) {
      settings.setProperty(called + ".port", String.valueOf(callee.port()));
    }
    settings.setProperty(service + ".port", String.valueOf(port));
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
  protected void configure(MainConfigurationProperties configuration) {
    configuration.withRoutesIncludePattern(
        Stream.of(files).map(file -> "file:routes/" + file).collect(joining(",")));
  }

  @Override
  protected String getPropertyPlaceholderLocations() {
    return "file:application.properties";
  }
}
