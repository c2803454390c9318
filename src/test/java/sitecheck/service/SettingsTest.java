package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.extension.trace.propagation.B3Propagator;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class SettingsTest {

  private final Settings settings = Settings.read(new Properties());

  @Test
  void aCallerWaitsLongerThanItsCalleesMayTake() {
    int checker = settings.number("checker.timeout");
    int checkSites = settings.number("check-sites.timeout");

    assertThat(checker)
        .isGreaterThan(settings.number("site.timeout") + settings.number("log.timeout"));
    assertThat(checkSites).isGreaterThan(2 * checker);
    assertThat(settings.number("upstream.timeout")).isGreaterThan(checkSites);
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/service/refused.csv", delimiter = '|', quoteCharacter = '\0')
  void aValueWithoutMeaningIsRefusedWithTheReason(String given, String message) {
    Properties properties = new Properties();
    properties.setProperty(given.split("=", 2)[0], given.split("=", 2)[1]);

    assertThatThrownBy(() -> Settings.read(properties))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void everyServiceAnswersForUnknownPathsAndForItsExceptions() throws IOException {
    for (String service : settings.list("services")) {
      List<String> files = routeFiles(service);

      assertThat(files).as(service).last().isEqualTo("unknown.camel.yaml");
      if (!service.equals("upstream")) { // it answers for failed legs itself
        assertThat(files).as(service).contains("errors.camel.yaml");
      }
    }
  }

  /** Camel creates the beans of another file twice: one database would have two pools. */
  @Test
  void onlyTheFirstFileOfAServiceHasBeans() throws IOException {
    for (String service : settings.list("services")) {
      List<String> files = routeFiles(service);

      for (String file : files.subList(1, files.size())) {
        assertThat(Path.of("routes", file)).content().doesNotContain("- beans:");
      }
    }
  }

  @Test
  void theHeadersOfEachPropagatorGoOut() {
    String outbound = settings.get("camel.beans.outbound.out-filter");
    Stream<TextMapPropagator> propagators =
        Stream.of(
            W3CTraceContextPropagator.getInstance(),
            W3CBaggagePropagator.getInstance(),
            B3Propagator.injectingSingleHeader(),
            B3Propagator.injectingMultiHeaders());

    assertThat(propagators.map(TextMapPropagator::fields).flatMap(Collection::stream))
        .contains("traceparent", "baggage", "b3", "X-B3-TraceId")
        .allMatch(name -> outbound.contains("'" + name.toLowerCase(Locale.ROOT) + "'"));
  }

  private static List<String> routeFiles(String service) throws IOException {
    Properties profile = new Properties();
    Path file = Path.of("application-" + service + ".properties");
    try (Reader reader = Files.newBufferedReader(file)) {
      profile.load(reader);
    }
    String files = profile.getProperty("camel.main.routes-include-pattern");
    return List.of(files.replace("{{routes.folder}}/", "").split(","));
  }
}
