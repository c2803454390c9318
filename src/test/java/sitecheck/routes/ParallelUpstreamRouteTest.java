package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What holds for sequential checks also holds for parallel ones, except for the order. */
class ParallelUpstreamRouteTest extends UpstreamRouteTest {

  ParallelUpstreamRouteTest() {
    settings.setProperty("check-sites.parallel", "true");
  }

  @Override
  @Test
  void asksTheSecondCheckerWhenTheFirstHasAnswered() {
    assertThat(askedAtOnce("/api/check-sites")).as("swapped").isTrue();
  }
}
