package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import sitecheck.spans.HttpRules;
import sitecheck.spans.OtlpSink;
import sitecheck.spans.ReceivedSpan;

/** The contract, where each service has a process: case by launcher, against the same files. */
class TraceContractIT {

  /** New processes on a busy machine are no failure. */
  private static final List<String> TIME_ENOUGH =
      Stream.of("connect", "site", "log", "checker", "check-sites", "upstream", "stop")
          .map(name -> name + ".timeout")
          .toList();

  @TestFactory
  Stream<DynamicTest> aProcessOfTheJarForEachService() throws Exception {
    return run(Launcher.JAR);
  }

  @TestFactory
  Stream<DynamicTest> aProcessOfCamelRunForEachService() throws Exception {
    return run(Launcher.CAMEL_RUN);
  }

  /** Sends all requests; each of their traces is compared when all processes have ended. */
  private static Stream<DynamicTest> run(Launcher launcher) throws Exception {
    List<ContractCase> cases = inOrder();
    Map<String, String> settings = Ports.settings();
    TIME_ENOUGH.forEach(name -> settings.put(name, "60000"));
    Map<ContractCase, HttpResponse<String>> answers = new LinkedHashMap<>();
    try (OtlpSink sink = new OtlpSink()) {
      settings.put("traces.port", String.valueOf(sink.port()));
      try (Processes running = new Processes(launcher, settings)) {
        for (ContractCase one : cases) {
          running.change(one.settings());
          answers.put(one, one.send(Integer.parseInt(settings.get("main.port"))));
        }
      } // what is still in flight ends, and the last spans are sent

      List<DynamicTest> tests = new ArrayList<>();
      Set<String> explained = new TreeSet<>();
      answers.forEach(
          (one, answer) -> {
            List<List<ReceivedSpan>> traces = new ArrayList<>();
            if (Trace.isSampled(answer)) {
              explained.add(Trace.id(answer));
              traces.add(sink.traces().get(Trace.id(answer)));
            }
            String actual = one.actual(answer, traces, line -> Ports.named(settings, line));
            tests.add(
                dynamicTest(
                    launcher + ": " + one.name(), () -> assertThat(actual).isEqualTo(one.text())));
          });
      tests.add(
          dynamicTest(
              launcher + ": no span is left, and each keeps the rules",
              () -> {
                assertThat(sink.traces()).containsOnlyKeys(explained);
                assertThat(sink.spans()).flatExtracting(HttpRules::violations).isEmpty();
              }));
      return tests.stream();
    }
  }

  /** First those that need no processes of their own; last those for which some end. */
  private static List<ContractCase> inOrder() {
    List<ContractCase> cases =
        ContractCase.all()
            .sorted(
                Comparator.<ContractCase, Boolean>comparing(
                        one -> one.settings().containsKey("services"))
                    .thenComparing(one -> !one.settings().isEmpty())
                    .thenComparing(ContractCase::name))
            .toList();
    assertThat(cases).hasSizeGreaterThan(15);
    return cases;
  }
}
