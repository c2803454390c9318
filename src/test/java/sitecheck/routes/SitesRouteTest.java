package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Http;

class SitesRouteTest extends RouteTest {

  SitesRouteTest() {
    super("sites");
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    settings.setProperty("sites.delay", "200");
  }

  @Test
  void takesNoLocaleFromItsSurroundings() {
    assertThat(Locale.getDefault()).isEqualTo(Locale.ROOT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/baidu", "/qq"})
  void answersAfterTheDelay(String path) {
    long start = System.nanoTime();

    assertThat(Http.send("HEAD", url(path)).statusCode()).isLessThan(400);
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(200_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/baidu", "/qq", "/headers"})
  void refusesAnotherMethod(String path) {
    assertThat(Http.post(url(path), "{}").statusCode()).isEqualTo(405);
  }

  @Test
  void showsTheHeadersOfTheRequest() throws Exception {
    String traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    JsonNode shown =
        new ObjectMapper()
            .readTree(
                Http.get(url("/headers"), "traceparent", traceparent, "x-some", "1", "x-some", "2")
                    .body());

    assertThat(shown.at("/headers/Traceparent").asText()).isEqualTo(traceparent);
    assertThat(shown.at("/headers/X-Some").asText()).isEqualTo("1,2");
    assertThat(shown.get("headers").fieldNames())
        .toIterable()
        .containsSubsequence("Host", "Traceparent", "User-Agent", "X-Some")
        .noneMatch(name -> name.startsWith("Camel"));
  }

  @Test
  void aFaultIsJsonAndARefusalNamesTheMissingField() {
    assertFaultIsJson("{\"delay\":0}");
  }
}
