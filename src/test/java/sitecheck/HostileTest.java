package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.spans.OtlpSink;

/**
 * Sends hostile requests to all services in one JVM: those of the files in hostile/, and random
 * changes of them. Each gets the expected answer, which reveals nothing internal. The services call
 * only the expected callees, in the expected way, and keep running.
 */
class HostileTest {

  /** A path of each service that answers a GET with 200. */
  private static final Map<String, String> PATHS =
      Map.of(
          "main", "/check-baidu",
          "upstream", "/api/check-baidu",
          "service1", "/api/check",
          "service2", "/api/check",
          "log", "/api/log",
          "sites", "/headers",
          "main.management", "/observe/health/live");

  /** Ends the connection after a case; the status identifies the answer to this request. */
  private static final String END = "OPTIONS %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

  /** What no answer may reveal: classes, files, addresses, and the values of placeholders. */
  private static final List<String> INSIDE =
      Stream.of(
              "sitecheck org.apache io.vertx io.netty com.fasterxml java.lang java.io Exception"
                  .split(" "),
              ".java .yaml .properties classpath: \tat 127.0.0.1 X-Injected".split(" "),
              new String[] {
                System.getenv("HOME"),
                System.getProperty("user.home"),
                System.getProperty("user.dir")
              })
          .flatMap(Stream::of)
          .filter(Objects::nonNull)
          .map(text -> text.toLowerCase(Locale.ROOT))
          .filter(text -> text.length() > 1)
          .toList();

  private static final Pattern TIMES = Pattern.compile("(?s)\\{(\\d+)\\*([^}]*)}");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(?:x(..)|(.))");

  private static final Map<String, String> settings = Ports.settings();
  private static final AtomicInteger canaryCalls = new AtomicInteger();
  private static final ExecutorService clients = Executors.newFixedThreadPool(32);
  private static ServerSocket canary;
  private static Callee sites;
  private static OtlpSink sink;
  private static SiteCheck system;

  /** A request from a file, and the status of each answer to it. */
  private record Case(String file, String line, List<Integer> statuses, String request) {}

  @BeforeAll
  static void start() throws IOException {
    canary = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    clients.submit(HostileTest::countCalls);
    sites = new Callee().answers(200, "");
    sink = new OtlpSink();
    settings.put("traces.port", String.valueOf(sink.port()));
    settings.put("request.timeout", "2000");
    settings.put("otel.traces.sampler", "always_on");
    settings.put("site.baidu.url", "http://127.0.0.1:" + sites.port() + "/baidu");
    settings.put("site.qq.url", "http://127.0.0.1:" + sites.port() + "/qq");
    settings.put("headers.url", "http://127.0.0.1:" + sites.port() + "/headers");
    system = Launcher.inThisJvm(List.of(), settings);
  }

  private static Void countCalls() throws IOException {
    while (true) {
      try (Socket call = canary.accept()) {
        canaryCalls.incrementAndGet();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"main", "upstream", "service1", "service2", "log", "sites", "main.management"})
  void eachIsAnsweredAsItShouldBeAndTellsNothing(String service) throws Exception {
    List<Callable<String>> asked = new ArrayList<>();
    for (Case one : cases(service)) {
      asked.add(
          () -> {
            String request = one.request() + END.formatted(PATHS.get(service));
            String read = RawHttp.ask(port(service), request, Duration.ofSeconds(30));
            String wrong = wrong(service, one, request, read);
            return wrong == null ? null : "%s: %s: %s".formatted(one.file(), one.line(), wrong);
          });
    }
    assertThat(asked).hasSizeGreaterThan(200);
    assertThat(String.join("\n", all(asked))).isEmpty();
  }

  /** Sends the same requests in each build; {@code -Dfuzz.seed} makes different ones. */
  @Test
  void randomVariantsDoNoHarm() throws Exception {
    long seed = Long.getLong("fuzz.seed", 1);
    Random random = new Random(seed);
    List<String> services = PATHS.keySet().stream().sorted().toList();
    List<Case> cases = services.stream().flatMap(service -> cases(service).stream()).toList();
    List<Callable<String>> asked = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      String service = services.get(random.nextInt(services.size()));
      String request = mutated(cases.get(random.nextInt(cases.size())).request(), cases, random);
      asked.add(
          () -> {
            String read = RawHttp.ask(port(service), request, Duration.ofMillis(250));
            String leak = leak(request, read);
            return leak == null && !read.contains("HTTP/1.1 500")
                ? null
                : "%s: %s: %s answered %s".formatted(service, leak, request, read);
          });
    }
    assertThat(all(asked)).as("with -Dfuzz.seed=" + seed).isEmpty();
  }

  @AfterEach
  void nobodyElseWasCalledAndTheServicesGoOn() {
    await()
        .untilAsserted(
            () ->
                assertThat(Http.get("http://127.0.0.1:" + port("main") + "/check-sites").body())
                    .isEqualTo("{\"baidu\":true,\"qq\":true}"));
    assertThat(canaryCalls).hasValue(0);
    assertThat(sites.requests())
        .allSatisfy(
            call -> {
              assertThat(call.line()).isIn("HEAD /baidu", "HEAD /qq", "GET /headers");
              assertThat(call.headers().keySet())
                  .isSubsetOf(
                      List.of(
                          "Baggage",
                          "Connection",
                          "Host",
                          "Traceparent",
                          "Tracestate",
                          "User-agent"));
              assertThat(call.headers().getFirst("Host")).isEqualTo("127.0.0.1:" + sites.port());
              assertThat(call.headers().getFirst("User-agent")).startsWith("Apache-HttpClient/");
              assertThat(call.headers().getFirst("Traceparent"))
                  .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]");
              assertThat(call.body()).isEmpty();
            });
  }

  @AfterAll
  static void everyCallWasOneOfOurs() throws IOException {
    system.close();
    assertThat(sink.spans())
        .filteredOn(span -> span.kind().equals("CLIENT"))
        .filteredOn(span -> !span.attributes().containsKey("db.system.name"))
        .extracting(
            span -> span.attributes().get("http.request.method") + " " + url(span.attributes()))
        .isNotEmpty()
        .isSubsetOf(
            "HEAD sites/baidu",
            "HEAD sites/qq",
            "GET sites/headers",
            "GET upstream/api/check-sites-v2",
            "GET upstream/api/check-baidu",
            "GET upstream/api/check-sites",
            "GET service1/api/check",
            "GET service2/api/check",
            "POST log/api/log");
    sink.close();
    sites.close();
    canary.close();
    clients.shutdownNow();
  }

  private static String url(Map<String, Object> span) {
    String url = span.get("url.full").toString().replace("127.0.0.1:" + sites.port(), "sites");
    return Ports.named(settings, url).replace("http://", "");
  }

  private static int port(String service) {
    return Integer.parseInt(settings.get(service + ".port"));
  }

  /** Runs the tasks, and returns their results except null. */
  private static List<String> all(List<Callable<String>> asked) throws Exception {
    List<String> said = new ArrayList<>();
    for (Future<String> one : clients.invokeAll(asked)) {
      if (one.get() != null) {
        said.add(one.get());
      }
    }
    return said;
  }

  /** Describes what is wrong with the answers; null if nothing is. */
  private static String wrong(String service, Case one, String request, String read) {
    List<RawHttp.Answer> answers;
    try {
      answers = new ArrayList<>(RawHttp.answers(request, read));
    } catch (IllegalArgumentException garbage) {
      return garbage.getMessage();
    }
    if (answers.size() > one.statuses().size() && answers.get(answers.size() - 1).status() == 204) {
      answers.remove(answers.size() - 1); // the answer to END
    }
    List<Integer> statuses = answers.stream().map(RawHttp.Answer::status).toList();
    if (!statuses.equals(one.statuses())) {
      return statuses + " and not " + one.statuses();
    }
    for (RawHttp.Answer answer : answers) {
      String type = answer.header("Content-Type");
      if (answer.status() == 501 || type.equals("text/html")) {
        continue; // Vert.x answers another version without a body; the page is in no contract
      }
      boolean head = request.startsWith("HEAD");
      if (answer.status() >= 400 && !type.equals(OpenApi.PROBLEM) && !head) {
        return "no problem: " + answer;
      }
      if (answer.status() == 405 && !answer.header("Allow").contains("OPTIONS")) {
        return "no Allow: " + answer;
      }
      String method = head ? "HEAD" : answer.status() == 204 ? "OPTIONS" : "GET";
      List<String> violations =
          OpenApi.violations(
              method, PATHS.get(service), answer.status(), answer.headers(), answer.body());
      if (!violations.isEmpty()) {
        return violations + ": " + answer;
      }
    }
    return leak(request, read);
  }

  /** What an answer reveals and its request does not contain; null if nothing. */
  private static String leak(String request, String read) {
    String known = request.toLowerCase(Locale.ROOT);
    String said = read.toLowerCase(Locale.ROOT);
    return INSIDE.stream()
        .filter(text -> said.contains(text) && !known.contains(text))
        .map(text -> "tells " + text)
        .findFirst()
        .orElse(null);
  }

  private static List<Case> cases(String service) {
    List<Case> cases = new ArrayList<>();
    cases.addAll(read(service, "headers.txt", "GET {path} HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n"));
    cases.addAll(read(service, "targets.txt", "GET %s HTTP/1.1\r\nHost: a\r\n\r\n"));
    cases.addAll(read(service, "methods.txt", "%s {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    cases.addAll(read(service, "raw.txt", "%s"));
    if (service.equals("log")) {
      cases.addAll(read(service, "bodies.txt", null));
    }
    return cases;
  }

  private static List<Case> read(String service, String file, String form) {
    List<String> lines;
    try {
      lines = Files.readAllLines(Path.of("src/test/resources/hostile", file));
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
    return lines.stream()
        .filter(line -> !line.isEmpty() && !line.startsWith("# "))
        .map(line -> aCase(service, file, line, form))
        .toList();
  }

  /** Reads {@code [statuses|closed] [service:status]... text}; 200 without any status. */
  private static Case aCase(String service, String file, String line, String form) {
    Matcher parts =
        Pattern.compile("(closed |(?:\\d{3} ?)*)((?:[\\w.]+:\\d{3} )*)(?:\\| )?(.*)").matcher(line);
    parts.matches();
    String expected =
        Stream.of(parts.group(2).split(" "))
            .filter(own -> own.startsWith(service + ":"))
            .map(own -> own.substring(own.indexOf(':') + 1))
            .findFirst()
            .orElse(parts.group(1));
    List<Integer> statuses =
        expected.isEmpty()
            ? List.of(200)
            : Stream.of(expected.split(" "))
                .filter(status -> !status.equals("closed"))
                .map(Integer::valueOf)
                .toList();
    String text =
        form == null
            ? post(expanded(service, parts.group(3)))
            : expanded(service, form.replace("%s", parts.group(3)));
    return new Case(file, line, statuses, text);
  }

  private static String post(String body) {
    return "POST /api/log HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        + "Content-Length: %d\r\n\r\n%s".formatted(body.length(), body);
  }

  private static String expanded(String service, String text) {
    String named =
        text.replace("{path}", PATHS.get(service))
            .replace("{canary}", "127.0.0.1:" + canary.getLocalPort());
    String plain =
        ESCAPE
            .matcher(named)
            .replaceAll(
                escape -> Matcher.quoteReplacement(unescaped(escape.group(1), escape.group(2))));
    return TIMES
        .matcher(plain)
        .replaceAll(
            times ->
                Matcher.quoteReplacement(times.group(2).repeat(Integer.parseInt(times.group(1)))));
  }

  private static String unescaped(String hex, String letter) {
    if (hex != null) {
      return Character.toString(Integer.parseInt(hex, 16));
    }
    return Map.of("r", "\r", "n", "\n", "t", "\t").getOrDefault(letter, letter);
  }

  /** Makes a few changes: removes, repeats or replaces bytes, inserts parts of another request. */
  private static String mutated(String request, List<Case> cases, Random random) {
    StringBuilder text = new StringBuilder(request);
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      int from = random.nextInt(text.length() + 1);
      int to = Math.min(text.length(), from + 1 + random.nextInt(8));
      String other = cases.get(random.nextInt(cases.size())).request();
      switch (random.nextInt(5)) {
        case 0 -> text.delete(from, to);
        case 1 -> text.insert(from, text.substring(from, to));
        case 2 -> text.replace(from, to, Character.toString(random.nextInt(256)));
        case 3 ->
            text.insert(
                from, Stream.of("\r\n", "\0", "\r", " ", ":").toList().get(random.nextInt(5)));
        default -> text.insert(from, other, 0, random.nextInt(Math.min(200, other.length())));
      }
    }
    return text.toString();
  }
}
