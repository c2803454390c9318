package sitecheck.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class UrlRedactionTest {

  @ParameterizedTest
  @CsvFileSource(resources = "/tracing/redacted.csv", useHeadersInDisplayName = true)
  void leavesOutSecrets(String url, String redacted) {
    assertThat(UrlRedaction.url(url)).isEqualTo(redacted);
  }
}
