package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.net.http.HttpResponse;
import java.util.ArrayList;
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

/**
 * The contract, where each service has a process: case by launcher, against the same files. The
 * processes are slow to start, so they are started once for all cases that have the same settings:
 * those that have none by both launchers, and by the jar the swap and the log's outbox too. The
 * others differ in who is down, which is no matter of who was started how.
 */
class TraceContractIT {

  private static final Set<String> BY_JAR_TOO = Set.of("parallel", "log-down");

  /** New processes on a busy machine are no failure. */
  private static final List<String> TIME_ENOUGH =
      Stream.of("connect", "site", "log", "checker", "check-sites", "upstream", "stop")
          .map(name -> name + ".timeout")
          .toList();

  @TestFactory
  Stream<DynamicTest> aProcessOfTheJarForEachService() throws Exception {
    List<DynamicTest> tests = new ArrayList<>(run(Launcher.JAR, withoutSettings()));
    for (String name : BY_JAR_TOO) {
      tests.addAll(run(Launcher.JAR, List.of(ContractCase.named(name))));
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> aProcessOfCamelRunForEachService() throws Exception {
    return run(Launcher.CAMEL_RUN, withoutSettings()).stream();
  }

  private static List<ContractCase> withoutSettings() {
    List<ContractCase> cases = ContractCase.all().filter(one -> one.settings().isEmpty()).toList();
    assertThat(cases).hasSizeGreaterThan(10);
    return cases;
  }

  /** Sends all requests to the same processes; each of their traces is compared when all ended. */
  private static List<DynamicTest> run(Launcher launcher, List<ContractCase> cases)
      throws Exception {
    Map<String, String> settings = Ports.settings();
    TIME_ENOUGH.forEach(name -> settings.put(name, "60000"));
    settings.putAll(cases.get(0).settings());
    Map<ContractCase, HttpResponse<String>> answers = new LinkedHashMap<>();
    try (OtlpSink sink = new OtlpSink()) {
      settings.put("traces.otlp.port", String.valueOf(sink.port()));
      try (AutoCloseable running = launcher.start(settings)) {
        for (ContractCase one : cases) {
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
      return tests;
    }
  }
}
