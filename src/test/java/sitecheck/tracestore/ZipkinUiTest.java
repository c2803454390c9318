package sitecheck.tracestore;

import static org.assertj.core.api.Assertions.assertThat;
import static sitecheck.tracestore.StoreClient.send;
import static sitecheck.tracestore.StoreClient.text;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZipkinUiTest {
  private static StoreClient client;

  @BeforeAll
  static void start() {
    client = new StoreClient();
  }

  @AfterAll
  static void stop() {
    client.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/zipkin/",
        "/zipkin/index.html",
        "/zipkin/?serviceName=main&lookback=15m&limit=10",
        "/zipkin/traces/5b8efff798038103d269b633813fc60c",
        "/zipkin/dependency?startTime=1767225600000&endTime=1767225700000",
        "/zipkin/traceViewer"
      })
  void servesTheIndexForEachPage(String path) {
    HttpResponse<byte[]> index = client.get(path);

    assertThat(index.statusCode()).isEqualTo(200);
    assertThat(header(index, "Content-Type")).isEqualTo("text/html;charset=UTF-8");
    assertThat(header(index, "Cache-Control")).isEqualTo("max-age=60");
    assertThat(text(index)).contains("<base href=\"/zipkin/\"");
  }

  @Test
  void servesTheFilesOfTheIndexForAYear() {
    List<String> assets =
        Pattern.compile("(?:href|src)=\"(/zipkin/[^\"]+\\.\\w+)\"")
            .matcher(text(client.get("/zipkin/")))
            .results()
            .map(match -> match.group(1))
            .toList();

    assertThat(assets).hasSize(3);
    for (String asset : assets) {
      HttpResponse<byte[]> file = client.get(asset);
      assertThat(file.statusCode()).isEqualTo(200);
      assertThat(header(file, "Cache-Control")).contains("max-age=31536000", "immutable");
      assertThat(header(file, "Content-Type"))
          .isEqualTo(
              switch (asset.substring(asset.lastIndexOf('.'))) {
                case ".js" -> "text/javascript;charset=UTF-8";
                case ".css" -> "text/css;charset=UTF-8";
                default -> "image/x-icon";
              });
    }
  }

  @Test
  void letsTheBrowserAskNoOtherHost() {
    assertThat(header(client.get("/zipkin/"), "Content-Security-Policy"))
        .isEqualTo(
            "default-src 'self'; worker-src blob:; "
                + "style-src 'self' 'unsafe-inline'; img-src 'self' data:");
  }

  @Test
  void tellsLensItsCapabilities() {
    HttpResponse<byte[]> config = client.get("/zipkin/config.json");

    assertThat(header(config, "Content-Type")).isEqualTo("application/json");
    assertThat(new JsonObject(text(config)))
        .isEqualTo(
            new JsonObject(
                """
                {"environment": "", "queryLimit": 10, "defaultLookback": 900000,
                 "searchEnabled": true,
                 "dependency": {"enabled": true, "lowErrorRate": 0.5, "highErrorRate": 0.75}}
                """));
  }

  @Test
  void leadsToTheUi() {
    for (String path : new String[] {"/", "/zipkin"}) {
      HttpResponse<byte[]> redirect = client.get(path);

      assertThat(redirect.statusCode()).isBetween(301, 302);
      assertThat(header(redirect, "Location")).isEqualTo("/zipkin/");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nope",
        "/zipkin/nope.js",
        "/zipkin/../application.properties",
        "/zipkin/%2e%2e/application.properties",
        "/zipkin/..%2fapplication.properties",
        "/zipkin/static/"
      })
  void findsNothingBesidesTheUi(String path) {
    assertThat(client.get(path).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({"POST, /api/v2/services", "DELETE, /zipkin/", "PUT, /api/v3/traces"})
  void isReadOnly(String method, String path) {
    HttpResponse<byte[]> response = send(client.to(path).method(method, BodyPublishers.noBody()));

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(header(response, "Allow")).isEqualTo("GET, HEAD, OPTIONS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/zipkin/", "/zipkin/favicon.ico", "/api/v2/services"})
  void answersHeadWithoutABody(String path) {
    HttpResponse<byte[]> response = send(client.to(path).method("HEAD", BodyPublishers.noBody()));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/zipkin/", "/api/v2/services", "/api/v2/spans", "/nope"})
  void allowsNoOtherSiteToReadAndNoContentToBeGuessed(String path) {
    HttpResponse<byte[]> response = send(client.to(path).header("Origin", "http://elsewhere"));

    assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(response.headers().map()).doesNotContainKey("access-control-allow-origin");
  }

  private static String header(HttpResponse<byte[]> response, String name) {
    return response.headers().firstValue(name).orElse(null);
  }
}
