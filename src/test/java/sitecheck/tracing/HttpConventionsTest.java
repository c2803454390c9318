package sitecheck.tracing;

import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpConventionsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
      })
  void knowsTheMethodsOfTheStandards(String method) {
    assertThat(attribute(method)).isEqualTo(method);
    assertThat(HttpConventions.nameOf(method)).isEqualTo(method);
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "BREW", ""})
  void makesOneOfAllOtherMethods(String method) {
    assertThat(attribute(method)).isEqualTo("_OTHER");
    assertThat(HttpConventions.nameOf(method)).isEqualTo("HTTP");
  }

  private static String attribute(String method) {
    return HttpConventions.request(method, "localhost", 80, false).get(HTTP_REQUEST_METHOD);
  }
}
