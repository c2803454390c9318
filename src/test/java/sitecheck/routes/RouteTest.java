package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Properties;
import org.apache.camel.test.main.junit5.CamelMainTestSupport;
import org.junit.jupiter.api.AfterEach;
import sitecheck.Callee;
import sitecheck.Http;
import sitecheck.Ports;

/**
 * The unchanged route files of one service, run by Camel Main, with a {@link Callee} in place of
 * all callees.
 */
abstract class RouteTest extends CamelMainTestSupport {

  final Callee callee = new Callee();

  /** Settings that override application.properties; a test class adds its own when constructed. */
  final Properties settings = new Properties();

  private final int port = Ports.free();
  private final String service;

  /** Runs the routes of a service; all its callees are {@link #callee}. */
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

  /** Sets the service's fault; the header is optional. */
  final HttpResponse<String> putFault(String json, String... header) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url("/fault"))).PUT(BodyPublishers.ofString(json));
    if (header.length > 0) {
      request.headers(header);
    }
    return Http.send(request, BodyHandlers.ofString());
  }

  final void assertFaultIsJson(String json) {
    HttpResponse<String> form = putFault(json, "Content-Type", "application/x-www-form-urlencoded");
    assertThat(form.statusCode()).isEqualTo(415);
    assertThat(form.body()).contains("the body must be JSON, with Content-Type: application/json");
    assertThat(putFault("{\"", "Content-Type", "application/json").body())
        .contains("the body is not JSON at line 1, column 3");
    assertThat(putFault(json).body()).isEqualTo(json);
    assertThat(putFault(json, "Content-Type", "application/json").body()).isEqualTo(json);
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
