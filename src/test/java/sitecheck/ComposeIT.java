package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.Compose.Container;
import sitecheck.spans.OtlpSink;

/**
 * compose.yaml, without Docker: each container's command, with its environment, is a process here,
 * and its health is asked as Docker would. Each has a loopback address of its own, by the name that
 * the others call it, so that ports are as they are written. PostgreSQL is one of this test's, and
 * the spans come to it in place of Jaeger.
 */
class ComposeIT {

  private static final Duration LIMIT = Duration.ofMinutes(3);

  @TempDir Path folder;

  private final Compose compose = new Compose(Map.of("SITES", "stand-in"));
  private final Map<String, String> addresses = new HashMap<>();
  private final Map<String, Process> started = new HashMap<>();

  ComposeIT() throws IOException {
    String net = "127.%d.%d.".formatted(number(), number());
    compose.containers().keySet().forEach(name -> addresses.put(name, net + number()));
  }

  private static int number() {
    return ThreadLocalRandom.current().nextInt(1, 255);
  }

  @AfterEach
  void endAll() {
    started.values().forEach(process -> process.destroyForcibly().onExit().join());
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_25)
  void itsContainersLeaveTheTraceThatIsWrittenDown() throws Exception {
    ContractCase expected = ContractCase.named("sequential");
    prepareImage();
    try (Postgres postgres = new Postgres();
        OtlpSink sink = new OtlpSink(addresses.get("jaeger"), 4318)) {
      for (Container container : inOrder()) {
        start(container, postgres);
        await().atMost(LIMIT).until(() -> isHealthy(container));
      }

      HttpResponse<String> answer =
          Http.get("http://" + addresses.get("main") + ":5000/check-sites");
      for (String name : List.of("main", "upstream", "service1", "service2", "log")) {
        started.get(name).destroy();
        assertThat(started.get(name).waitFor(60, TimeUnit.SECONDS)).isTrue();
      }

      assertThat(
              expected.actual(
                  answer,
                  sink.traces().values(),
                  line -> line.replaceAll(":50\\d\\d", "").replace("postgresql", "sqlite")))
          .isEqualTo(expected.text());
      assertThat(postgres.query("select service from entry order by service"))
          .containsExactly("service1", "service2");
    }
  }

  @Test
  void nothingIsPublishedButMainAndTheUi() {
    assertThat(compose.containers().values())
        .filteredOn(container -> !container.strings("ports").isEmpty())
        .extracting(Container::name)
        .containsExactly("jaeger", "main");
  }

  @Test
  void eachHasAnImageOfAVersionAndALimitOfMemory() {
    assertThat(compose.containers().values())
        .hasSize(10)
        .allSatisfy(
            container ->
                assertThat(container.text().get("image").toString()).matches(".*:\\d+\\.[\\d.]+"))
        .allSatisfy(container -> assertThat(container.text()).containsKey("mem_limit"));
  }

  @Test
  void ofOursNoneCanWriteButWhereItMust() {
    assertThat(compose.containers().values())
        .filteredOn(Container::ours)
        .hasSize(6)
        .allSatisfy(
            container -> {
              assertThat(container.text()).containsEntry("read_only", true);
              assertThat(container.strings("tmpfs")).containsExactly("/tmp:exec");
              assertThat(container.strings("cap_drop")).containsExactly("ALL");
            });
  }

  /** Ours, those that others wait for first. */
  private List<Container> inOrder() {
    List<Container> order = new ArrayList<>();
    List<Container> left =
        new ArrayList<>(compose.containers().values().stream().filter(Container::ours).toList());
    while (!left.isEmpty()) {
      Container next =
          left.stream()
              .filter(one -> left.stream().noneMatch(it -> one.dependsOn().containsKey(it.name())))
              .findFirst()
              .orElseThrow();
      order.add(next);
      left.remove(next);
    }
    return order;
  }

  /** What the Dockerfile puts together, in a folder. */
  private void prepareImage() throws Exception {
    for (String file : List.of("site-check.jar", "lib")) {
      Files.createSymbolicLink(folder.resolve(file), Path.of("target", file).toAbsolutePath());
    }
    StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
    hosts.append("127.0.0.1 ").append(InetAddress.getLocalHost().getHostName()).append("\n");
    addresses.forEach((name, address) -> hosts.append(address + " " + name + "\n"));
    Files.writeString(folder.resolve("hosts"), hosts);
    ProcessBuilder train = process(List.of(image("train")), addresses.get("load"));
    assertThat(train.inheritIO().start().waitFor()).as("a cache is made").isZero();
  }

  private void start(Container container, Postgres postgres) throws IOException {
    List<String> command = new ArrayList<>(compose.entrypoint());
    command.set(0, Path.of(System.getProperty("java.home"), "bin", command.get(0)).toString());
    command.addAll(container.command());
    ProcessBuilder process = process(command, addresses.get(container.name()));
    process.environment().putAll(container.environment());
    if (container.dependsOn().containsKey("postgres")) {
      postgres.settings().forEach((name, value) -> set(process, name, value));
    }
    // The cache must be of use.
    process
        .environment()
        .put("JAVA_TOOL_OPTIONS", "-XX:AOTMode=on -Djdk.net.hosts.file=" + folder.resolve("hosts"));
    started.put(container.name(), process.inheritIO().start());
  }

  private static void set(ProcessBuilder process, String setting, String value) {
    assertThat(process.environment()).containsKey(Ports.variable(setting));
    process.environment().put(Ports.variable(setting), value);
  }

  private boolean isHealthy(Container container) throws Exception {
    assertThat(started.get(container.name()).isAlive()).as(container.name() + " runs").isTrue();
    List<String> check = new ArrayList<>(compose.healthCheck());
    check.set(0, image(check.get(0)));
    return process(check, addresses.get(container.name())).start().waitFor() == 0;
  }

  private static String image(String program) {
    return Path.of("deploy", "image", program).toAbsolutePath().toString();
  }

  /** With the image's environment and no other, where it has an address and a volume of its own. */
  private ProcessBuilder process(List<String> command, String address) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(compose.imageEnvironment());
    environment.put("LISTEN_HOST", address);
    environment.put("DATA_FOLDER", Files.createTempDirectory(folder, "data").toString());
    environment.put(
        "PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
    return builder;
  }
}
