package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.contract.CapturedSpan;
import sitecheck.spans.OtlpSink;

/** Tests what docs/camel-run.md says; {@link TraceContractIT} tests the traces. */
class CamelRunIT {

  @TempDir Path folder;

  private static final Pattern EXPORTED = Pattern.compile("spans_exported_total [1-9]");

  /** A CLI with a slow first step, which fails if another command is in that step too. */
  private static final String SLOW_CLI =
      """
      #!/bin/sh
      echo camel "$@"
      mkdir .camel-jbang && sleep 0.3 && touch .camel-jbang/camel-jbang-run.properties
      """;

  @Test
  void theCommandThatStartsAllRunsThoseOfThePageOneAfterTheOther() throws IOException {
    Path camel = folder.resolve("camel");
    Files.writeString(camel, SLOW_CLI);
    assertThat(camel.toFile().setExecutable(true)).isTrue();
    Path command = CamelCli.project().resolve("deploy/camel-run");
    Files.createDirectory(command.getParent());
    Files.copy(Path.of("deploy", "camel-run"), command, StandardCopyOption.COPY_ATTRIBUTES);
    ProcessBuilder all = new ProcessBuilder(command.toString()).redirectErrorStream(true);
    all.environment().merge("PATH", folder + ":", (path, first) -> first + path);

    String output = new String(all.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(output.lines()).containsExactlyElementsOf(CamelCli.commands());
  }

  @Test
  void anEditedRouteShowsInTheNextTrace() throws IOException {
    Map<String, String> settings = Ports.settings();
    String url = "http://127.0.0.1:" + settings.get("upstream.port") + "/api/check-baidu";
    String metrics =
        "http://127.0.0.1:" + settings.get("upstream.management.port") + "/observe/metrics";
    Path project = CamelCli.project();
    try (OtlpSink sink = new OtlpSink()) {
      settings.put("traces.port", String.valueOf(sink.port()));
      settings.put("site.baidu.url", "http://127.0.0.1:1/before");
      settings.put("site.qq.url", "http://127.0.0.1:1/after");
      String command = CamelCli.command("upstream") + " --dev";
      try (Launch upstream =
          Launch.camel(project, Ports.environment(settings), command).awaitReady()) {
        Http.get(url);
        await().until(() -> sink.spans().stream().anyMatch(span -> asked(span, "before")));
        await().until(() -> EXPORTED.matcher(Http.get(metrics).body()).find());

        Path route = project.resolve("routes/upstream.camel.yaml");
        String text = Files.readString(route);
        Files.writeString(route, text.replace("http:check.url", "http:site.qq.url"));

        await()
            .atMost(Duration.ofMinutes(2))
            .pollInterval(Duration.ofSeconds(1))
            .until(
                () -> {
                  Http.get(url);
                  return sink.spans().stream().anyMatch(span -> asked(span, "after"));
                });
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "main, main page page-faults unknown, / /page.css /headers /compare /page/faults /nothing",
    "service1, checker faults outbox unknown, /api/check /fault /nothing",
    "log, log errors, /api/log /nothing"
  })
  void everyRouteFileSurvivesAnEditEvenIfItIsWrongForAMoment(
      String service, String files, String paths) throws IOException {
    Map<String, String> settings = Ports.settings();
    settings.put("sites", "stand-in");
    settings.put("upstream.timeout", "500");
    settings.put("log.timeout", "500");
    Path project = CamelCli.project();
    String command = CamelCli.command(service) + " --dev --logging-color=false";
    try (Launch launch = Launch.camel(project, Ports.environment(settings), command).awaitReady()) {
      String url = "http://127.0.0.1:" + settings.get(service + ".port");
      List<Integer> before = statuses(url, paths);
      for (String file : files.split(" ")) {
        Path routes = project.resolve("routes/" + file + ".camel.yaml");
        String text = Files.readString(routes);
        int errors = count(launch, "Error reloading routes from file");
        Files.writeString(routes, "- route: {from: {uri: no:where, steps: [");
        await().until(() -> count(launch, "Error reloading routes from file") > errors);
        await()
            .untilAsserted(
                () -> assertThat(statuses(url, paths)).as("wrong " + file).isEqualTo(before));

        int reloads = count(launch, "Reloaded the route files");
        Files.writeString(routes, text);
        await().until(() -> count(launch, "Reloaded the route files") > reloads);
        await()
            .untilAsserted(
                () -> assertThat(statuses(url, paths)).as("after " + file).isEqualTo(before));
      }
      assertThat(launch.output()).doesNotContain("An entry is lost");
    }
  }

  private static int count(Launch launch, String text) {
    return launch.output().split(text, -1).length - 1;
  }

  private static List<Integer> statuses(String url, String paths) {
    return Stream.of(paths.split(" ")).map(path -> Http.get(url + path).statusCode()).toList();
  }

  /** With other Kamelets than the CLI's own, which are not on Maven Central. */
  @ParameterizedTest
  @ValueSource(strings = {"main", "log"})
  void aServiceBecomesAProjectOfItsOwn(String service) throws Exception {
    LocalRepository.installTheJar();
    Path project = CamelCli.project();
    String command = CamelCli.export().replace("log", service) + " --kamelets-version=4.18.0";
    Map<String, String> variables =
        Map.of("JAVA_TOOL_OPTIONS", "-Dmaven.repo.local=" + LocalRepository.FOLDER);
    try (Launch export = Launch.camel(project, variables, command)) {
      assertThat(export.exitStatus()).as(export.output() + export.errors()).isZero();
    }

    assertThat(project.resolve(service + "/pom.xml")).content().contains("<artifactId>site-check<");
    assertThat(
            project.resolve(service + "/src/main/resources/application-" + service + ".properties"))
        .exists();
  }

  @Test
  void aPortThatIsInUseIsSaid() throws Exception {
    Map<String, String> settings = Ports.settings();
    int port = Integer.parseInt(settings.get("log.port"));
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        Launch log =
            Launch.camel(
                CamelCli.project(), Ports.environment(settings), CamelCli.command("log"))) {
      assertThat(log.exitStatus()).isNotZero();
      assertThat(log.output() + log.errors()).contains("log.port").contains(" " + port);
      assertThat(taken.isBound()).isTrue();
    }
  }

  private static boolean asked(CapturedSpan span, String site) {
    return String.valueOf(span.attributes().get("url.full")).endsWith("/" + site);
  }
}
