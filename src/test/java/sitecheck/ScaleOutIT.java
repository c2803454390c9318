package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.spans.OtlpSink;

/**
 * Two instances of each service behind deploy/haproxy.cfg, each with its own loopback address in
 * place of a name. One after the other is ended under load, and started again.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("any-jdk")
class ScaleOutIT {

  private static final List<String> SERVICES =
      List.of("log", "service1", "service2", "upstream", "main");
  private static final Path HAPROXY = Path.of("/usr/sbin/haproxy");
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int CLIENTS = 8;

  @TempDir static Path folder;

  private final Map<String, Compose.Container> containers =
      new Compose(Map.of(), Compose.SCALE).containers();
  private final String net = Ports.net();
  private final String balancer = net + 1;
  private final String sites = net + 2;
  private final Map<String, Launch> running = new TreeMap<>();
  private Process haproxy;

  /** The answers, by the id of the trace that the client started. */
  private final Map<String, String> answers = new ConcurrentHashMap<>();

  private Postgres postgres;
  private OtlpSink sink;

  @BeforeAll
  void startAll() throws IOException {
    if (!"true".equals(System.getenv("HAPROXY_REQUIRED"))) {
      assumeThat(HAPROXY).exists();
    }
    postgres = new Postgres();
    sink = new OtlpSink(balancer, 4318);
    running.put("sites", start("sites", sites));
    for (String service : SERVICES) {
      for (int replica : new int[] {1, 2}) {
        running.put(service + replica, start(service, address(service, replica)));
      }
    }
    running.values().forEach(Launch::awaitReady);
    startBalancer();
    await()
        .atMost(LIMIT)
        .ignoreExceptions() // the balancer may not listen yet
        .until(() -> ask("0".repeat(31) + "1").statusCode() == 200);
  }

  @AfterAll
  void endAll() {
    running.values().forEach(Launch::close);
    if (haproxy != null) {
      haproxy.destroyForcibly().onExit().join();
      sink.close();
      postgres.close();
    }
  }

  @Test
  void killingOneOfEachLosesNoRequestAndNoEntry() throws Exception {
    endOneOfEachUnderLoad(Launch::close, 0); // SIGKILL
  }

  @Test
  void anOrderlyStopOfOneOfEachLosesNoneOf5000RequestsAndNoEntry() throws Exception {
    endOneOfEachUnderLoad(
        launch -> {
          launch.terminate();
          launch.exitStatus();
        },
        5000);
  }

  private interface End {
    void of(Launch launch) throws InterruptedException;
  }

  private void endOneOfEachUnderLoad(End end, int atLeast) throws Exception {
    answers.clear();
    AtomicBoolean enough = new AtomicBoolean();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
      clients.execute(() -> askUntil(enough));
    }
    try {
      for (String service : SERVICES) {
        awaitAnswers();
        end.of(running.get(service + 1));
        awaitAnswers();
        Launch again = start(service, address(service, 1));
        running.put(service + 1, again);
        again.awaitReady();
      }
      running.values().forEach(Launch::awaitReady);
      awaitAnswers();
      await().atMost(LIMIT.multipliedBy(3)).until(() -> answers.size() >= atLeast);
    } finally {
      enough.set(true);
      clients.shutdown();
    }
    assertThat(clients.awaitTermination(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();

    assertThat(answers.values()).containsOnly("200 {\"baidu\":true,\"qq\":true}");
    await().atMost(LIMIT).untilAsserted(() -> assertThat(entries()).containsAll(told()));
  }

  /** The entries that the answers stand for, as trace id and service. */
  private List<String> told() {
    return answers.keySet().stream()
        .flatMap(id -> Stream.of(id + "service1", id + "service2"))
        .toList();
  }

  private Set<String> entries() {
    return new HashSet<>(postgres.query("select trace_id || service from entry"));
  }

  private void awaitAnswers() {
    int before = answers.size();
    await().atMost(LIMIT).until(() -> answers.size() > before + 5 * CLIENTS);
  }

  private void askUntil(AtomicBoolean enough) {
    while (!enough.get()) {
      ThreadLocalRandom random = ThreadLocalRandom.current();
      String id = "%016x%016x".formatted(random.nextLong(), random.nextLong());
      try {
        HttpResponse<String> answer = ask(id);
        answers.put(id, answer.statusCode() + " " + answer.body());
      } catch (RuntimeException | AssertionError lost) {
        answers.put(id, lost.toString());
      }
    }
  }

  private HttpResponse<String> ask(String id) {
    return Http.get(
        "http://" + balancer + ":5000/check-sites-v2",
        "traceparent",
        "00-" + id + "-00f067aa0ba902b7-00"); // the log has the ids, nothing reads the spans
  }

  private Launch start(String service, String address) {
    Map<String, String> environment = Ports.environment(postgres.settings());
    environment.put("LISTEN_HOST", address);
    SERVICES.forEach(callee -> environment.put(Ports.variable(callee + ".host"), balancer));
    environment.put("SITES", "stand-in");
    environment.put("SITES_HOST", sites);
    environment.put("SITES_DELAY", "50");
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + balancer + ":4318");
    environment.put("DATA_FOLDER", folder.resolve(address).toString());
    if (containers.get(service).environment().containsKey("STOP_TIMEOUT")) {
      environment.put("STOP_TIMEOUT", containers.get(service).environment().get("STOP_TIMEOUT"));
    }
    // Requests are slow on a busy machine. The balancer waits for 15 s.
    environment.put("SITE_TIMEOUT", "9000");
    environment.put("CHECKER_TIMEOUT", "12000");
    environment.put("CHECK_SITES_TIMEOUT", "13000");
    environment.put("UPSTREAM_TIMEOUT", "14000");
    return new Launch(folder, environment, service);
  }

  private String address(String service, int replica) {
    return net + (10 * replica + SERVICES.indexOf(service));
  }

  /** Starts the balancer with its own file, only with addresses in place of names. */
  private void startBalancer() throws IOException {
    StringBuilder config = new StringBuilder();
    for (String line : Files.readAllLines(Path.of("deploy", "haproxy.cfg"))) {
      String[] words = line.strip().split(" ");
      if (words[0].equals("server-template")) {
        String service = words[1];
        String port = words[3].split(":")[1];
        String check = String.join(" ", List.of(words).subList(4, 7));
        for (int replica : new int[] {1, 2}) {
          String server = "  server %s%d %s:%s %s%n";
          config.append(server.formatted(service, replica, address(service, replica), port, check));
        }
      } else {
        config.append(line.replace("bind :", "bind " + balancer + ":")).append("\n");
      }
    }
    Path file = Files.writeString(folder.resolve("haproxy.cfg"), config);
    haproxy =
        new ProcessBuilder(HAPROXY.toString(), "-db", "-f", file.toString()).inheritIO().start();
  }
}
