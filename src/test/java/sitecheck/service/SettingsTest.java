package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class SettingsTest {

  private final Settings settings = Settings.read(new Properties());

  @Test
  void aCallerWaitsLongerThanThoseWhomItCallsMayTake() {
    int checker = settings.number("checker.timeout");
    int checkSites = settings.number("check-sites.timeout");

    assertThat(checker)
        .isGreaterThan(settings.number("site.timeout") + settings.number("log.timeout"));
    assertThat(checkSites).isGreaterThan(2 * checker);
    assertThat(settings.number("upstream.timeout")).isGreaterThan(checkSites);
  }

  @Test
  void everyServiceAnswersForUnknownPathsAndForItsExceptions() throws IOException {
    for (String service : settings.list("services")) {
      Properties profile = new Properties();
      try (Reader file =
          Files.newBufferedReader(Path.of("application-" + service + ".properties"))) {
        profile.load(file);
      }
      String routes = profile.getProperty("camel.main.routes-include-pattern");
      assertThat(routes).as(service).contains("/unknown.camel.yaml");
      if (!service.equals("upstream")) { // it answers for its legs by itself
        assertThat(routes).as(service).contains("/errors.camel.yaml");
      }
    }
  }
}
