package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Http;

class LogRouteTest extends RouteTest {

  LogRouteTest() {
    super("log", "log.camel.yaml", "problem.camel.yaml", "unknown.camel.yaml");
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
    assertThat(found.get(0).hasNonNull("traceId")).as("in a trace").isFalse();
  }

  @Test
  void findsTheLatestFirstAndForgetsTheOldest() throws Exception {
    for (String site : "a b c d".split(" ")) {
      keep(site);
    }

    assertThat(found("").findValuesAsText("site")).containsExactly("d", "c", "b");
    assertThat(found("?limit=2").findValuesAsText("site")).containsExactly("d", "c");
  }

  @Test
  void findsNothingOfAnotherTrace() throws Exception {
    keep("a");

    assertThat(found("?traceId=0af7651916cd43dd8448eb211c80319c")).isEmpty();
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
        "null",
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
  void refusesAForm() {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url("/api/log")))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("service=service1&site=baidu&connected=true"));

    HttpResponse<String> answer = Http.send(request, BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("the body cannot be read");
  }

  @Test
  void refusesNothingAtAll() {
    assertThat(Http.send("POST", url("/api/log")).statusCode()).isEqualTo(400);
  }

  @Test
  void refusesAnotherMethodAndNamesThoseThatThereAre() {
    HttpResponse<String> answer = Http.send("DELETE", url("/api/log"));

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("GET, POST");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).contains("this path takes GET, POST");
  }

  private void keep(String site) {
    String check = "{\"service\":\"service1\",\"site\":\"" + site + "\",\"connected\":true}";
    assertThat(Http.post(url("/api/log"), check).statusCode()).isEqualTo(201);
  }

  private JsonNode found(String query) throws Exception {
    return new ObjectMapper().readTree(Http.get(url("/api/log" + query)).body());
  }
}
