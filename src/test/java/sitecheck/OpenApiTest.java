package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** The checks of the contract find violations. {@link Http} applies them in all tests. */
class OpenApiTest {

  private static final Pattern ROUTE =
      Pattern.compile("platform-http:(/[^?]+)\\?httpMethodRestrict=([A-Z]+)");

  @ParameterizedTest
  @CsvFileSource(resources = "/openapi/answers.csv", delimiter = '|')
  void anAnswerFitsTheContractOrTheReportNamesTheDifference(
      String request, int status, String headers, String body, String violation) {
    Map<String, String> given = new TreeMap<>();
    for (String header : headers.split("; ")) {
      given.put(header.split(": ")[0], header.split(": ")[1]);
    }
    String[] line = request.split(" ");

    List<String> violations =
        OpenApi.violations(line[0], line[1], status, given, body == null ? "" : body);

    if (violation == null) {
      assertThat(violations).isEmpty();
    } else {
      assertThat(violations).singleElement().asString().contains(violation);
    }
  }

  @Test
  void itHasTheRoutesOfEachServiceAndNoOthers() throws IOException {
    assertThat(OpenApi.operations("main"))
        .contains("GET /compare") // a route of the page
        .containsAll(routes("main"))
        .hasSize(routes("main").size() + 1);
    assertThat(OpenApi.operations("upstream")).hasSameElementsAs(routes("upstream"));
    assertThat(OpenApi.operations("checker")).hasSameElementsAs(routes("checker"));
    assertThat(OpenApi.operations("log")).hasSameElementsAs(routes("log"));
  }

  private static List<String> routes(String file) throws IOException {
    String text = Files.readString(Path.of("routes", file + ".camel.yaml"));
    List<String> routes = ROUTE.matcher(text).results().map(OpenApiTest::route).toList();
    assertThat(routes).isNotEmpty();
    return routes;
  }

  private static String route(MatchResult route) {
    return route.group(2) + " " + route.group(1);
  }
}
