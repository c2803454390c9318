package sitecheck;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import sitecheck.contract.OpenScopes;

/**
 * The part of a request's context that its calls carry: <a
 * href="https://www.w3.org/TR/trace-context-2/">W3C Trace Context</a> and <a
 * href="https://www.w3.org/TR/baggage/">Baggage</a>. traceContext/cases.txt has the expectations.
 */
class TraceContextTest {

  /** Where requests go, and the number of calls that each causes. */
  private record Asked(String service, String path, int calls) {}

  private static final Asked MAIN = new Asked("main", "/check-sites", 1);

  private static final List<Asked> ALL =
      List.of(
          MAIN,
          new Asked("upstream", "/api/check-sites", 2),
          new Asked("upstream", "/api/check-sites-v2", 2),
          new Asked("upstream", "/api/check-baidu", 1));

  private static final Pattern REQUEST =
      Pattern.compile("((?:^>.*\n)+)(?:^[<!] .*\n)+", Pattern.MULTILINE);

  private static final Pattern TRACERESPONSE =
      Pattern.compile(
          "traceresponse: 00-(?<trace>(?!0+-)[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})");

  private static final Callee callee = new Callee();
  private static final Callee collector = new Callee().answers(200, "");
  private static final Map<String, String> settings = Ports.settings();
  private static List<SiteCheck> services;

  @BeforeAll
  static void startServices() {
    settings.put("traces.port", String.valueOf(collector.port()));
    settings.put("site.baidu.url", "http://127.0.0.1:" + callee.port());
    services = List.of(start("main", "upstream"), start("upstream", "service1", "service2"));
  }

  private static SiteCheck start(String service, String... called) {
    Map<String, String> own = new TreeMap<>(settings);
    Stream.of(called).forEach(name -> own.put(name + ".port", String.valueOf(callee.port())));
    SiteCheck system = new SiteCheck(List.of(service), own, System.out);
    system.start();
    return system;
  }

  @AfterAll
  static void stopServices() {
    services.forEach(SiteCheck::close);
    callee.close();
    collector.close();
    await().untilAsserted(() -> assertThat(OpenScopes.now()).isEmpty());
  }

  @BeforeEach
  void answerWithMoreThanIsForClients() {
    callee.answers(
        request -> {
          for (String name :
              "traceparent tracestate baggage traceresponse server x-trace".split(" ")) {
            request.getResponseHeaders().set(name, "of the callee");
          }
          Callee.send(request, 200, "{\"connected\":true}");
        });
  }

  @AfterEach
  void everyCallIsLookedAt() {
    callee.assertNothingLeft();
  }

  @TestFactory
  Stream<DynamicContainer> goesOnAsWrittenDown() {
    return parts().entrySet().stream()
        .map(
            part ->
                dynamicContainer(
                    part.getKey().strip(),
                    part.getValue().stream()
                        .map(written -> dynamicTest(name(written), () -> holds(written)))));
  }

  @Test
  void of41CasesOfTheHarness38Hold() {
    List<String> cases =
        parts().entrySet().stream()
            .filter(part -> part.getKey().startsWith("The harness"))
            .flatMap(part -> part.getValue().stream())
            .toList();

    assertThat(cases.stream().map(TraceContextTest::name)).hasSize(41).doesNotHaveDuplicates();
    assertThat(cases).filteredOn(written -> !written.contains("\n! ")).hasSize(38);
  }

  @Test
  void ofMoreThan64MembersOfBaggage64GoOn() {
    assertThat(baggage(members(0, 64, "1"))).hasSize(64);
    assertThat(baggage(members(0, 65, "1"))).hasSize(64);
    assertThat(baggage(members(0, 40, "1") + "\nbaggage: " + members(40, 80, "1"))).hasSize(64);
  }

  /** A call encodes baggage anew, so that it may be longer than in the request. */
  @Test
  void ofMoreThan8192BytesOfBaggageOnlyMembersThatFitGoOn() {
    String longer = "#".repeat(100);

    assertThat(baggage(members(0, 40, longer)))
        .hasSizeBetween(20, 30)
        .allMatch(member -> member.endsWith("=" + "%23".repeat(100)));
    assertThat(baggage("small=1,large=" + "#".repeat(4000))).containsExactly("small=1");
  }

  @Test
  void aRequestWithMoreThan8192BytesOfHeadersIsRefused() {
    List<String> answer = get(MAIN, "baggage: a=" + "1".repeat(8192));

    assertThat(answer).first().asString().contains(" 431 ");
  }

  @Test
  void whenACallFailsTheAnswerHasNoMoreOfTheContextEither() {
    callee.answers(HttpExchange::close);

    List<String> answer = get(MAIN, "baggage: a=1");
    String traceparent = callee.takeRequest().headers().getFirst("traceparent");

    assertThat(answer).first().asString().contains(" 502 ");
    assertThat(traceparent).startsWith("00-" + ids(answer).group("trace"));
  }

  private static String members(int from, int to, String value) {
    return IntStream.range(from, to).mapToObj(i -> "m" + i + "=" + value).collect(joining(","));
  }

  /** Sends baggage, and returns the members that the call carries. */
  private static List<String> baggage(String sent) {
    get(MAIN, "baggage: " + sent);
    List<String> lines = callee.takeRequest().headers().get("baggage");
    assertThat(lines).singleElement().asString().hasSizeLessThanOrEqualTo(8192);
    return List.of(lines.get(0).split(","));
  }

  private static void holds(String written) {
    assertThat(REQUEST.matcher(written).replaceAll(""))
        .as("lines that are of no request")
        .hasLineCount(1);
    for (Asked asked : ALL) {
      Set<String> ids = new HashSet<>();
      String held =
          REQUEST
              .matcher(written)
              .replaceAll(
                  request -> {
                    String sent = request.group(1);
                    return Matcher.quoteReplacement(sent + carried(asked, sent, ids));
                  });
      assertThat(held).as(asked.toString()).isEqualTo(written.replaceAll("(?m)^! .*\n", ""));
    }
  }

  /**
   * The headers of the calls that a request causes, with … for new ids.
   *
   * @param ids those that the case's earlier requests have caused
   */
  private static String carried(Asked asked, String sent, Set<String> ids) {
    List<String> answer = get(asked, sent);
    List<String> calls =
        Stream.generate(() -> lines(callee.takeRequest().headers())).limit(asked.calls()).toList();
    Matcher response = ids(answer);
    UnaryOperator<String> unlessNew =
        id -> !sent.toLowerCase(Locale.ROOT).contains(id) && ids.add(id) ? "…" : id;
    assertThat(unlessNew.apply(response.group("span"))).isEqualTo("…");
    String trace = unlessNew.apply(response.group("trace"));
    Pattern traceparent =
        Pattern.compile(
            "(?<=: 00-)%s-((?!0+-)[0-9a-f]{16})(?=-%s\n)"
                .formatted(response.group("trace"), response.group("flags")));
    return calls.stream()
        .map(traceparent::matcher)
        .map(found -> found.replaceAll(parent -> trace + "-" + unlessNew.apply(parent.group(1))))
        .distinct()
        .collect(joining());
  }

  /** The ids in an answer's traceresponse. The answer reveals nothing else of the inside. */
  private static Matcher ids(List<String> answer) {
    assertThat(answer.stream().skip(1).map(line -> line.split(":")[0].toLowerCase(Locale.ROOT)))
        .hasSize(4)
        .contains("connection", "content-type", "traceresponse")
        .containsAnyOf("content-length", "transfer-encoding");
    Matcher ids = TRACERESPONSE.matcher(String.join("\n", answer));
    assertThat(ids.find()).as("traceresponse in " + answer).isTrue();
    return ids;
  }

  /** All headers except those that every call has. */
  private static String lines(Headers headers) {
    StringBuilder lines = new StringBuilder();
    new TreeMap<>(headers)
        .forEach(
            (name, values) -> {
              if (!name.matches("Accept-encoding|Connection|Host|User-agent")) {
                String start = "< " + name.toLowerCase(Locale.ROOT) + ": ";
                values.forEach(value -> lines.append(start).append(value).append('\n'));
              }
            });
    return lines.toString();
  }

  /**
   * Sends lines unchanged, which no HTTP client would do.
   *
   * @param sent header lines, and a query, as in cases.txt
   * @return the head of the answer
   */
  private static List<String> get(Asked asked, String sent) {
    List<String> lines = sent.lines().map(line -> line.replaceFirst("^> ?", "")).toList();
    String query = lines.stream().filter(line -> line.startsWith("?")).collect(joining());
    String headers =
        lines.stream()
            .filter(line -> !line.isEmpty() && !line.startsWith("?"))
            .map(line -> line + "\r\n")
            .collect(joining());
    int port = Integer.parseInt(settings.get(asked.service() + ".port"));
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(30_000);
      String request =
          "GET %s%s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s\r\n"
              .formatted(asked.path(), query, headers);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return answer.lines().takeWhile(line -> !line.isEmpty()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The cases, by their part of the file. */
  private static Map<String, List<String>> parts() {
    Map<String, List<String>> parts = new LinkedHashMap<>();
    Stream.of(file().split("(?m)^== "))
        .skip(1)
        .map(part -> Stream.of(part.split("\n\n")).map(block -> block.strip() + "\n").toList())
        .forEach(blocks -> parts.put(blocks.get(0), blocks.subList(1, blocks.size())));
    return parts;
  }

  private static String file() {
    try (InputStream file = TraceContextTest.class.getResourceAsStream("/traceContext/cases.txt")) {
      String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      return Pattern.compile("(.)×(\\d+)")
          .matcher(text.replace('␠', ' ').replace('␉', '\t'))
          .replaceAll(times -> times.group(1).repeat(Integer.parseInt(times.group(2))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(String written) {
    return written.lines().findFirst().orElseThrow();
  }
}
