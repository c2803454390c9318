package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sitecheck.contract.TraceContract;

/**
 * The traces are a contract: the files have all spans of each case, and are compared exactly.
 * {@code -Dcontract=write} writes the files anew.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TraceContractTest {

  @RegisterExtension
  static final TraceContract traces = new TraceContract().rules("/conventions/ours.csv");

  private static final Pattern SECTION = Pattern.compile("(?m)^## ([\\w-]+)$");

  private final Map<String, String> settings = Ports.settings();

  @Order(1)
  @ParameterizedTest
  @MethodSource("sitecheck.ContractCase#all")
  void theSpansOfARequestAreThoseWrittenDown(ContractCase expected) throws Exception {
    settings.putAll(expected.settings());
    traces.naming(line -> Ports.named(settings, line));
    HttpResponse<String> answer;
    try (SiteCheck running = Launcher.inThisJvm(List.of(), settings)) {
      answer = expected.send(Integer.parseInt(settings.get("main.port")));
    } // requests in flight end

    traces.verify(expected.name(), expected.of(answer), span -> true);
  }

  @Order(2)
  @Test
  void theDocumentationShowsTheSame() {
    Page page = Page.read("docs/traces.md");
    List<String> shown = SECTION.matcher(page.text()).results().map(it -> it.group(1)).toList();
    page.verify("text", shown.stream().map(name -> ContractCase.named(name).text()).toList());
    assertThat(shown)
        .containsExactlyInAnyOrderElementsOf(ContractCase.all().map(ContractCase::name).toList());
  }
}
