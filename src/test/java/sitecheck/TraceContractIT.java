package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.net.http.HttpResponse;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import sitecheck.contract.TraceContract;
import sitecheck.spans.OtlpSink;

/** The contract with a process for each service, by each launcher, against the same files. */
class TraceContractIT {

  @RegisterExtension
  static final TraceContract traces = new TraceContract().rules("/conventions/ours.csv");

  /** The limits to raise: new processes are slow on a busy machine, which is no failure. */
  private static final List<String> TIME_ENOUGH =
      Stream.of(
              "connect", "site", "log", "checker", "check-sites", "upstream", "stop", "stop.spans")
          .map(name -> name + ".timeout")
          .toList();

  @TestFactory
  Stream<DynamicTest> aProcessOfTheJarForEachService() throws Exception {
    return run(Launcher.JAR);
  }

  @Tag("any-jdk")
  @TestFactory
  Stream<DynamicTest> aProcessOfCamelRunForEachService() throws Exception {
    return run(Launcher.CAMEL_RUN);
  }

  /** Sends all requests. Their traces are compared after all processes have ended. */
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
      } // requests in flight end, and the last spans are sent

      traces.naming(line -> Ports.named(settings, line));
      sink.spans().forEach(traces::add);
      return cases.stream()
          .map(
              one ->
                  dynamicTest(
                      launcher + ": " + one.name(),
                      () ->
                          traces.verify(
                              one.name(),
                              one.of(answers.get(one)),
                              span -> span.traceId().equals(Trace.id(answers.get(one))))));
    }
  }

  /** First the cases without settings of their own, last those for which some services end. */
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
