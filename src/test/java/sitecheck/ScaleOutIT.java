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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.spans.OtlpSink;

/**
 * Two of each service behind deploy/haproxy.cfg, where each has a loopback address of its own in
 * place of a name. One after the other is killed (SIGKILL) under load, and started again.
 */
class ScaleOutIT {

  private static final List<String> SERVICES =
      List.of("log", "service1", "service2", "upstream", "main");
  private static final Path HAPROXY = Path.of("/usr/sbin/haproxy");
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int CLIENTS = 8;

  @TempDir Path folder;

  private final String net = "127.%d.%d.".formatted(number(), number());
  private final String balancer = net + 1;
  private final String sites = net + 2;
  private final Map<String, Launch> running = new TreeMap<>();
  private Process haproxy;

  /** What was answered, by the id of the trace that the client began. */
  private final Map<String, String> answers = new ConcurrentHashMap<>();

  private static int number() {
    return ThreadLocalRandom.current().nextInt(1, 255);
  }

  @AfterEach
  void endAll() {
    running.values().forEach(Launch::close);
    if (haproxy != null) {
      haproxy.destroyForcibly().onExit().join();
    }
  }

  @Test
  void killingOneOfEachLosesNoRequestAndNoEntry() throws Exception {
    if (!"true".equals(System.getenv("HAPROXY_REQUIRED"))) {
      assumeThat(HAPROXY).exists();
    }
    try (Postgres postgres = new Postgres();
        OtlpSink sink = new OtlpSink(balancer, 4318)) {
      running.put("sites", start("sites", sites, postgres));
      for (String service : SERVICES) {
        for (int replica : new int[] {1, 2}) {
          running.put(service + replica, start(service, address(service, replica), postgres));
        }
      }
      running.values().forEach(Launch::awaitReady);
      startBalancer();
      await().atMost(LIMIT).until(() -> ask("0".repeat(31) + "1").statusCode() == 200);

      AtomicBoolean enough = new AtomicBoolean();
      ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
      for (int i = 0; i < CLIENTS; i++) {
        clients.execute(() -> askUntil(enough));
      }
      for (String service : SERVICES) {
        awaitAnswers();
        running.get(service + 1).close(); // SIGKILL
        awaitAnswers();
        Launch again = start(service, address(service, 1), postgres);
        running.put(service + 1, again);
        again.awaitReady();
      }
      awaitAnswers();
      enough.set(true);
      clients.shutdown();
      assertThat(clients.awaitTermination(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();

      assertThat(answers.values()).containsOnly("200 {\"baidu\":true,\"qq\":true}");
      await().atMost(LIMIT).untilAsserted(() -> assertThat(entries(postgres)).containsAll(told()));
    }
  }

  /** What each answer says that a checker has seen. */
  private List<String> told() {
    return answers.keySet().stream()
        .flatMap(id -> Stream.of(id + "service1", id + "service2"))
        .toList();
  }

  private static Set<String> entries(Postgres postgres) {
    return new HashSet<>(postgres.query("select trace_id || service from entry"));
  }

  private void awaitAnswers() {
    int before = answers.size();
    await().atMost(LIMIT).until(() -> answers.size() > before + 10 * CLIENTS);
  }

  private void askUntil(AtomicBoolean enough) {
    while (!enough.get()) {
      ThreadLocalRandom random = ThreadLocalRandom.current();
      String id = "%016x%016x".formatted(random.nextLong(), random.nextLong());
      try {
        HttpResponse<String> answer = ask(id);
        answers.put(id, answer.statusCode() + " " + answer.body());
      } catch (RuntimeException lost) {
        answers.put(id, lost.toString());
      }
    }
  }

  private HttpResponse<String> ask(String id) {
    return Http.get(
        "http://" + balancer + ":5000/check-sites-v2",
        "traceparent",
        "00-" + id + "-00f067aa0ba902b7-01");
  }

  private Launch start(String service, String address, Postgres postgres) {
    Map<String, String> environment = Ports.environment(postgres.settings());
    environment.put("LISTEN_HOST", address);
    SERVICES.forEach(callee -> environment.put(Ports.variable(callee + ".host"), balancer));
    environment.put("SITES", "stand-in");
    environment.put("SITES_HOST", sites);
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + balancer + ":4318");
    environment.put("DATA_FOLDER", folder.resolve(address).toString());
    environment.put("SITE_TIMEOUT", "9000");
    environment.put("CHECKER_TIMEOUT", "9500");
    return new Launch(folder, environment, service);
  }

  private String address(String service, int replica) {
    return net + (10 * replica + SERVICES.indexOf(service));
  }

  /** The balancer's file as it is, but for addresses in place of names. */
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
