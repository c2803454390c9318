package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {

  private final Settings settings = new Settings(Map.of(), Map.of("sites", "stand-in"));

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
  void everyServiceAnswersItsProblems() {
    assertThat(settings.list("services"))
        .filteredOn(service -> !service.equals("upstream")) // answers for its legs by itself
        .allSatisfy(
            service ->
                assertThat(settings.list(service + ".routes")).contains("problem.camel.yaml"));
  }

  @Test
  void onlyTheSitesOfTheServicesThatRunAreChecked() {
    assertThat(settings.sites(List.of("main", "service2", "log"))).containsOnlyKeys("qq");
  }
}
