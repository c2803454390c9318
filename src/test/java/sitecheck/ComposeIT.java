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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.Compose.Container;
import sitecheck.contract.TraceContract;
import sitecheck.spans.OtlpSink;

/**
 * Tests compose.yaml without Docker: each container's command runs as a process with its
 * environment, and its health is checked as Docker would. Each process has its own loopback
 * address, under the name that the others call, so the ports stay as written. The test starts a
 * PostgreSQL of its own, and receives the spans in place of Jaeger.
 */
@EnabledForJreRange(min = JRE.JAVA_25)
class ComposeIT {

  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int CHECKS = 48;

  @TempDir Path folder;

  private final String net = Ports.net();
  private final Map<String, String> addresses = new HashMap<>();
  private final Map<String, Process> started = new HashMap<>();
  private final Image image = new Image();

  @AfterEach
  void endAll() {
    started.values().forEach(process -> process.destroyForcibly().onExit().join());
  }

  @Test
  void itsContainersLeaveTheTraceThatIsWrittenDown() throws Exception {
    ContractCase expected = ContractCase.named("sequential");
    Compose compose = compose(Map.of("SITES", "stand-in"));
    try (Postgres postgres = new Postgres();
        OtlpSink sink = new OtlpSink(addresses.get("jaeger"), 4318)) {
      for (Container container : inOrder(compose)) {
        ProcessBuilder process = process(container);
        if (container.dependsOn().containsKey("postgres")) {
          postgres.settings().forEach((name, value) -> set(process, name, value));
        }
        start(container.name(), process);
      }

      HttpResponse<String> answer =
          Http.get("http://" + addresses.get("main") + ":5000/check-sites");
      for (String name : List.of("main", "upstream", "service1", "service2", "log")) {
        started.get(name).destroy();
        assertThat(started.get(name).waitFor(60, TimeUnit.SECONDS)).isTrue();
      }

      TraceContract traces = new TraceContract();
      traces.naming(line -> line.replaceAll(":50\\d\\d", "").replace("postgresql", "sqlite"));
      sink.spans().forEach(traces::add);
      traces.verify("sequential", expected.of(answer), span -> true);
      assertThat(postgres.query("select service from entry order by service"))
          .containsExactly("service1", "service2");
    }
  }

  /** {@code down} and {@code up} leave nothing of the containers but their volumes. */
  @Test
  void afterDownAndUpTheOutboxesOfBothReplicasAreDelivered() throws Exception {
    Container checker =
        compose(Map.of("SITES", "stand-in"), Compose.SCALE).containers().get("service1");
    List<String> replicas = List.of("service1-1", "service1-2");
    replicas.forEach(replica -> addresses.put(replica, net + (200 + addresses.size())));

    for (String replica : replicas) {
      start(replica, process(checker));
      for (int i = 0; i < CHECKS; i++) {
        String url = "http://" + addresses.get(replica) + ":5002/api/check";
        assertThat(Http.get(url).statusCode()).isEqualTo(200);
      }
    }
    endAll();
    try (Callee log = new Callee(addresses.get("balancer"), 5004).answers(201, "")) {
      for (String replica : replicas) {
        start(replica, process(checker));
      }
      await().atMost(LIMIT).until(() -> entries(log).size() == replicas.size() * CHECKS);
      assertThat(entries(log)).doesNotHaveDuplicates();
    }
  }

  /** Skips the GETs without a body, by which a checker finds out whether the log answers. */
  private static List<String> entries(Callee log) {
    return log.requests().stream()
        .map(Callee.Request::body)
        .filter(body -> !body.isEmpty())
        .toList();
  }

  /** Our containers, each after those that it depends on. */
  private static List<Container> inOrder(Compose compose) {
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

  /** Reads the files, and gives each container its own address. */
  private Compose compose(Map<String, String> variables, String... others) throws IOException {
    Compose compose = new Compose(variables, others);
    int last = 1;
    StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
    hosts.append("127.0.0.1 ").append(InetAddress.getLocalHost().getHostName()).append("\n");
    for (String name : compose.containers().keySet()) {
      addresses.put(name, net + last++);
      hosts.append(addresses.get(name) + " " + name + "\n");
    }
    Files.writeString(folder.resolve("hosts"), hosts);
    return compose;
  }

  private ProcessBuilder process(Container container) throws IOException {
    ProcessBuilder process = image.run(container.command());
    Map<String, String> environment = process.environment();
    environment.putAll(container.environment());
    // Without a volume the container must not write, and nothing can be made below a file.
    Path data =
        container.mountedAt("/data").map(folder::resolve).orElse(folder.resolve("hosts/no"));
    if (container.mountedAt("/data").isPresent()) {
      Files.createDirectories(data);
    }
    environment.put("DATA_FOLDER", data.toString());
    environment.put("LOG_TIMEOUT", "20000"); // even a busy machine then delivers once
    // With AOTMode=on, a JVM that cannot use the cache does not start.
    environment.put(
        "JAVA_TOOL_OPTIONS",
        "-XX:AOTMode=on -Djdk.net.hosts.file=%s %s%s"
            .formatted(folder.resolve("hosts"), Image.MEMORY, container.text().get("mem_limit")));
    return process;
  }

  private static void set(ProcessBuilder process, String setting, String value) {
    assertThat(process.environment()).containsKey(Ports.variable(setting));
    process.environment().put(Ports.variable(setting), value);
  }

  private void start(String name, ProcessBuilder process) throws IOException {
    process.environment().put("LISTEN_HOST", addresses.get(name));
    started.put(name, process.inheritIO().start());
    await().atMost(LIMIT).until(() -> isHealthy(name));
  }

  private boolean isHealthy(String name) throws Exception {
    assertThat(started.get(name).isAlive()).as(name + " runs").isTrue();
    ProcessBuilder check = image.healthCheck();
    check.environment().put("LISTEN_HOST", addresses.get(name));
    return check.start().waitFor() == 0;
  }
}
