package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Http;

class LogRouteTest extends RouteTest {

  LogRouteTest() {
    super("log", "log.camel.yaml", "problem.camel.yaml");
    settings.setProperty("log.entries.max", "3");
  }

  @Test
  void keepsACheck() throws Exception {
    HttpResponse<String> kept =
        Http.post(
            url("/api/log"), "{\"service\":\"service1\",\"site\":\"baidu\",\"connected\":true}");

    assertThat(kept.statusCode()).isEqualTo(201);
    assertThat(kept.body()).isEmpty();
    JsonNode found = found("");
    assertThat(found).hasSize(1);
    assertThat(found.get(0).get("service").asText()).isEqualTo("service1");
    assertThat(found.get(0).get("site").asText()).isEqualTo("baidu");
    assertThat(found.get(0).get("connected").asBoolean()).isTrue();
    assertThat(found.get(0).get("time").asText()).endsWith("Z");
  }

  @Test
  void findsTheLatestFirstAndForgetsTheOldest() throws Exception {
    for (String site : "a b c d".split(" ")) {
      keep(site);
    }

    assertThat(found("").findValuesAsText("site")).containsExactly("d", "c", "b");
    assertThat(found("?limit=2").findValuesAsText("site")).containsExactly("d", "c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1001", "-1", "x", "", "99999999999"})
  void refusesALimitThatMakesNoSense(String limit) {
    HttpResponse<String> answer = Http.get(url("/api/log?limit=" + limit));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).contains("limit must be a number from 1 to 1000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "{\"service\":\"service1\",\"site\":\"baidu\"}",
        "{\"service\":\"service1\",\"connected\":true}",
        "{\"site\":\"baidu\",\"connected\":true}",
        "{\"service\":\"service1\",\"site\":\"baidu\",\"connected\":\"perhaps\"}",
        "{\"service\":\"service1\",\"site\":\"baidu\",\"connected\":true,\"more\":1}"
      })
  void refusesWhatIsNoCheck(String body) throws Exception {
    HttpResponse<String> answer = Http.post(url("/api/log"), body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(found("")).isEmpty();
  }

  @Test
  void refusesNothingAtAll() {
    assertThat(Http.send("POST", url("/api/log")).statusCode()).isEqualTo(400);
  }

  @Test
  void refusesAnotherMethod() {
    assertThat(Http.send("DELETE", url("/api/log")).statusCode()).isEqualTo(405);
  }

  private void keep(String site) {
    String check = "{\"service\":\"service1\",\"site\":\"" + site + "\",\"connected\":true}";
    assertThat(Http.post(url("/api/log"), check).statusCode()).isEqualTo(201);
  }

  private JsonNode found(String query) throws Exception {
    return new ObjectMapper().readTree(Http.get(url("/api/log" + query)).body());
  }
}
