package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sitecheck.spans.HttpRules;
import sitecheck.spans.OtlpSink;

/**
 * The traces are a contract: for each case all of its spans are written down, and compared exactly.
 * {@code -Dcontract=write} writes them anew.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TraceContractTest {

  private static final boolean WRITE = "write".equals(System.getProperty("contract"));

  private static final Pattern SECTION = Pattern.compile("(?s)(## ([\\w-]+)\n\n```text\n).*?```");

  private final Map<String, String> settings = Ports.settings();

  @Order(1)
  @ParameterizedTest
  @MethodSource("sitecheck.ContractCase#all")
  void theSpansOfARequestAreThoseWrittenDown(ContractCase expected) throws Exception {
    settings.putAll(expected.settings());
    try (OtlpSink sink = new OtlpSink()) {
      settings.put("traces.port", String.valueOf(sink.port()));
      HttpResponse<String> answer;
      try (SiteCheck running = Launcher.inThisJvm(List.of(), settings)) {
        answer = expected.send(Integer.parseInt(settings.get("main.port")));
      } // what is still in flight ends, and the last spans are sent

      String actual =
          expected.actual(answer, sink.traces().values(), line -> Ports.named(settings, line));
      if (WRITE) {
        expected.write(actual);
      } else {
        assertThat(actual).isEqualTo(expected.text());
      }
      assertThat(sink.spans()).flatExtracting(HttpRules::violations).isEmpty();
    }
  }

  @Order(2)
  @Test
  void theDocumentationShowsTheSame() throws IOException {
    Path file = Path.of("docs", "traces.md");
    String page = Files.readString(file);
    Set<String> shown = new TreeSet<>();
    String actual =
        SECTION
            .matcher(page)
            .replaceAll(
                section -> {
                  shown.add(section.group(2));
                  String text = ContractCase.named(section.group(2)).text();
                  return Matcher.quoteReplacement(section.group(1) + text + "```");
                });
    if (WRITE) {
      Files.writeString(file, actual);
    } else {
      assertThat(page).isEqualTo(actual);
    }
    assertThat(shown)
        .containsExactlyInAnyOrderElementsOf(ContractCase.all().map(ContractCase::name).toList());
  }
}
