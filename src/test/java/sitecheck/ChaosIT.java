package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.service.Port;

/**
 * Clients request checks while the test kills and restarts the log, a checker and the database in
 * turn. In the end the log has each answered check exactly once.
 */
class ChaosIT {

  private static final int ROUNDS = Integer.getInteger("chaos.rounds", 6);

  @TempDir private Path folder;

  private final Map<String, String> settings = Ports.settings();

  /** The trace ids of the checks that were answered. */
  private final Set<String> answered = ConcurrentHashMap.newKeySet();

  private final Set<String> unanswered = ConcurrentHashMap.newKeySet();
  private final Queue<AssertionError> wrong = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  @Test
  void eachCheckThatWasAnsweredHasOneRow() throws Exception {
    try (Postgres postgres = new Postgres()) {
      settings.putAll(postgres.settings());
      settings.put("data.folder", folder.toString());
      settings.put("sites", "stand-in");
      settings.put("sites.delay", "10");
      settings.put("delivery.backoff", "1");
      settings.put("log.timeout", "200");
      Launch sites = launch("sites");
      Launch other = launch("service2");
      Launch log = launch("log");
      Launch checker = launch("service1");
      List<Thread> clients = new ArrayList<>();
      try {
        List.of(sites, other, log, checker).forEach(Launch::awaitReady);
        for (String service : List.of("service1", "service1", "service2", "service2")) {
          Thread client = new Thread(() -> checkUntilOver(service));
          client.start();
          clients.add(client);
        }
        for (int round = 0; round < ROUNDS; round++) {
          awaitChecks(); // with all services running
          log.close();
          awaitChecks(); // without the log
          checker.close();
          awaitChecks(); // by the other checker
          postgres.kill();
          awaitChecks(); // without the database
          checker = launch("service1");
          postgres.start();
          log = launch("log").awaitReady();
          postgres.kill(); // while the log runs
          awaitChecks();
          postgres.start();
          checker.awaitReady();
        }
        over = true;
        for (Thread client : clients) {
          client.join();
        }
        await()
            .atMost(Duration.ofMinutes(2))
            .untilAsserted(() -> assertThat(new HashSet<>(rows(postgres))).containsAll(answered));
      } finally {
        over = true;
        List.of(sites, other, log, checker).forEach(Launch::close);
      }
      assertThat(wrong).isEmpty();
      List<String> rows = rows(postgres);
      System.out.printf(
          "%d kills, %d checks answered, %d not, %d rows%n",
          4 * ROUNDS, answered.size(), unanswered.size(), rows.size());
      assertThat(rows).doesNotHaveDuplicates();
    }
  }

  private static List<String> rows(Postgres postgres) {
    return postgres.query("select trace_id from entry");
  }

  private void awaitChecks() {
    int before = answered.size();
    await().atMost(Duration.ofMinutes(1)).until(() -> answered.size() >= before + 20);
  }

  /** Requests checks, each in its own trace; the log may lack the unanswered ones. */
  private void checkUntilOver(String service) {
    Port port = new Port("127.0.0.1", Integer.parseInt(settings.get(service + ".port")));
    while (!over) {
      String traceId =
          "%016x%016x"
              .formatted(
                  ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE),
                  ThreadLocalRandom.current().nextLong());
      try {
        HttpResponse<String> answer =
            Http.get(
                "http://127.0.0.1:" + port.number() + "/api/check",
                "traceparent",
                "00-" + traceId + "-00f067aa0ba902b7-01");
        (answer.statusCode() == 200 ? answered : unanswered).add(traceId);
      } catch (UncheckedIOException killed) {
        unanswered.add(traceId);
        await().atMost(Duration.ofMinutes(1)).until(() -> over || !port.isFree());
      } catch (AssertionError e) { // the answer is not in docs/openapi.yaml
        wrong.add(e);
      }
    }
  }

  private Launch launch(String service) {
    return new Launch(folder, Ports.environment(settings), service);
  }
}
