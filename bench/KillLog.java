import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Kills the log again and again while eight clients send it entries, then counts the entries that
 * it has answered with 201. Run it after a build: {@code java bench/KillLog.java [kills]}. A
 * hundred kills take some five minutes.
 */
public final class KillLog {
  private static final String LOG = "http://127.0.0.1:6504/api/log";
  private static final int CLIENTS = 8;
  private static final int ENTRIES = 50; // the minimum that the log accepts before a kill
  private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");
  private static final Pattern NEXT = Pattern.compile("\"next\":\"([^\"]+)\"");

  private final HttpClient client = HttpClient.newHttpClient();
  private final Path data = Files.createTempDirectory("log");
  private final Set<String> kept = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  private KillLog() throws IOException {}

  public static void main(String[] given) throws Exception {
    new KillLog().run(given.length > 0 ? Integer.parseInt(given[0]) : 100);
  }

  private void run(int kills) throws Exception {
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new Thread(this::sendEntries));
    }
    clients.forEach(Thread::start);
    for (int i = 0; i < kills; i++) {
      Process log = start();
      int before = kept.size();
      while (kept.size() < before + ENTRIES) {
        Thread.sleep(5);
      }
      Thread.sleep(ThreadLocalRandom.current().nextInt(500));
      log.destroyForcibly().waitFor(); // SIGKILL
    }
    ended = true;
    for (Thread one : clients) {
      one.join();
    }
    Process log = start();
    List<String> found = findEntries();
    log.destroy();
    Set<String> lost = new HashSet<>(kept);
    found.forEach(lost::remove);
    System.out.printf(
        "%d kills; %d entries answered with 201, %d of them lost; %d in the log, %d of them"
            + " twice%n",
        kills, kept.size(), lost.size(), found.size(), found.size() - new HashSet<>(found).size());
  }

  private Process start() throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dlog.port=6504",
            "-Dlog.management.port=6604",
            "-Dotel.traces.exporter=none",
            "-Ddata.folder=" + data,
            "@target/service",
            "log");
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private void sendEntries() {
    while (!ended) {
      String id = UUID.randomUUID().toString();
      String entry =
          """
          {"id":"%s","service":"service1","site":"baidu","connected":true,"latency":1,"status":200,\
          "time":"%s"}\
          """
              .formatted(id, Instant.now());
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(LOG)).header("Content-Type", "application/json");
      try {
        if (send(request.POST(BodyPublishers.ofString(entry))).statusCode() == 201) {
          kept.add(id);
        }
      } catch (IOException e) {
        // the log was killed or is not up yet
      }
    }
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return client.send(request.timeout(Duration.ofSeconds(5)).build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** The ids of all entries. */
  private List<String> findEntries() throws InterruptedException {
    List<String> found = new ArrayList<>();
    String cursor = "";
    while (cursor != null) {
      String page = page(cursor);
      ID.matcher(page).results().forEach(id -> found.add(id.group(1)));
      Matcher next = NEXT.matcher(page);
      cursor = next.find() ? "&cursor=" + URLEncoder.encode(next.group(1), UTF_8) : null;
    }
    return found;
  }

  /** A page of entries, once the log answers. */
  private String page(String cursor) throws InterruptedException {
    while (true) {
      try {
        HttpResponse<String> page =
            send(HttpRequest.newBuilder(URI.create(LOG + "?limit=1000" + cursor)));
        if (page.statusCode() == 200) {
          return page.body();
        }
      } catch (IOException e) {
        // the log is not up yet
      }
      Thread.sleep(100);
    }
  }
}
