package sitecheck.page;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sitecheck.page.Graph.Node;
import sitecheck.trace.Span;

class GraphTest {

  private static final Map<String, String> CALLEE =
      Map.of("server.address", "there", "server.port", "80");

  private static Span span(String id, String parent, String service, String name, String kind) {
    return new Span("t", id, parent, service, name, kind, 0, 10, null, CALLEE);
  }

  private static Span failed(Span it) {
    return new Span(
        it.traceId(),
        it.id(),
        it.parentId(),
        it.service(),
        it.name(),
        it.kind(),
        0,
        30,
        "why",
        CALLEE);
  }

  private static Stream<String> edges(Graph graph) {
    return graph.edges().stream()
        .map(
            edge ->
                "%s > %s: %d, %d, %d"
                    .formatted(
                        text(edge.from()),
                        text(edge.to()),
                        edge.calls(),
                        edge.errors(),
                        edge.time()));
  }

  private static String text(Node node) {
    return node.service() + " " + node.operation() + (node.outside() ? " outside" : "");
  }

  private static final Span ENTRY = span("1", "", "main", "GET /", "SERVER");
  private static final Span STEP = span("2", "1", "main", "step", "INTERNAL");
  private static final Span CALL = span("3", "2", "main", "POST", "CLIENT");
  private static final Span CALLED = span("4", "3", "log", "POST /log", "SERVER");

  @Test
  void aCallIsFromTheOperationItIsAPartOfToThatWhichItLeadsTo() {
    Graph graph = Graph.of(List.of(List.of(ENTRY, STEP, CALL, CALLED)));

    assertThat(edges(graph)).containsExactly("main GET / > log POST /log: 1, 0, 10");
    assertThat(graph.traces()).isEqualTo(1);
  }

  @Test
  void callsErrorsAndTimesAreAddedUp() {
    Graph graph =
        Graph.of(
            List.of(
                List.of(ENTRY, STEP, CALL, CALLED), List.of(ENTRY, STEP, failed(CALL), CALLED)));

    assertThat(edges(graph)).containsExactly("main GET / > log POST /log: 2, 1, 40");
  }

  @Test
  void aCalleeWithoutSpansIsAnAddress() {
    assertThat(edges(Graph.of(List.of(List.of(ENTRY, STEP, CALL)))))
        .containsExactly("main GET / > there:80 POST outside: 1, 0, 10");
  }

  @Test
  void aDatabaseInAFileHasNoAddressAndIsNamed() {
    Span insert =
        new Span(
            "t",
            "3",
            "2",
            "main",
            "INSERT",
            "CLIENT",
            0,
            10,
            null,
            Map.of("db.system.name", "sqlite"));

    assertThat(edges(Graph.of(List.of(List.of(ENTRY, STEP, insert)))))
        .containsExactly("main GET / > sqlite INSERT outside: 1, 0, 10");
  }

  private static Map<String, String> attributes(String text) {
    return Stream.of(text.split(";"))
        .filter(it -> it.contains("="))
        .map(it -> it.split("=", 2))
        .collect(toMap(it -> it[0], it -> it[1]));
  }

  private static Span call(String id, Map<String, String> attributes) {
    return new Span("t", id, "1", "main", "GET", "CLIENT", 0, 10, null, attributes);
  }

  @ParameterizedTest
  @CsvSource({
    "url.full=https://me@there:81/x?y=1, there:81",
    "http.url=http://there/x, there",
    "net.peer.name=there;net.peer.port=80, there:80",
    "server.address=there, there",
    "url.full=not a URL, elsewhere",
    "'', elsewhere"
  })
  void aCalleeIsAnAddressByWhicheverAttributesTellIt(String attributes, String address) {
    assertThat(edges(Graph.of(List.of(List.of(ENTRY, call("3", attributes(attributes)))))))
        .containsExactly("main GET / > " + address + " GET outside: 1, 0, 10");
  }

  @Test
  void anUnknownCalleeIsNoneOfTheServices() {
    Span answered = call("3", Map.of());
    Span called = span("4", "3", "log", "POST /log", "SERVER");
    Span unknown = call("5", Map.of());
    Span named = call("6", Map.of("server.address", "log"));

    assertThat(edges(Graph.of(List.of(List.of(ENTRY, answered, called, unknown, named)))))
        .containsExactlyInAnyOrder(
            "main GET / > log POST /log: 1, 0, 10",
            "main GET / > elsewhere GET outside: 1, 0, 10",
            "main GET / > log GET outside: 1, 0, 10");
  }

  @Test
  void aCalleeAtAnAddressOfSeveralServicesIsNoneOfThem() {
    Span one = span("4", "3", "log", "POST /log", "SERVER");
    Span other = span("6", "5", "upstream", "GET /api", "SERVER");
    Span toOther = span("5", "1", "main", "GET", "CLIENT");
    Span unseen = span("7", "1", "main", "PUT", "CLIENT");

    assertThat(edges(Graph.of(List.of(List.of(ENTRY, STEP, CALL, one, toOther, other, unseen)))))
        .containsExactlyInAnyOrder(
            "main GET / > log POST /log: 1, 0, 10",
            "main GET / > upstream GET /api: 1, 0, 10",
            "main GET / > there:80 PUT outside: 1, 0, 10");
  }

  @ParameterizedTest
  @CsvSource({
    "net.peer.name=there;net.peer.port=80, log GET",
    "http.url=http://there:80/x, log GET",
    "http.url=http://there:81/x, there:81 GET outside",
    "http.url=http://there/x, there GET outside",
    "net.peer.name=log, log GET outside",
    "http.status_code=200, elsewhere GET outside"
  })
  void onlyTheSameAddressMakesAServiceOfACallee(String attributes, String callee) {
    Span unseen = call("5", attributes(attributes));

    assertThat(edges(Graph.of(List.of(List.of(ENTRY, STEP, CALL, CALLED, unseen)))))
        .containsExactlyInAnyOrder(
            "main GET / > log POST /log: 1, 0, 10", "main GET / > " + callee + ": 1, 0, 10");
  }

  @Test
  void aStepBelowACallIsNotItsCallee() {
    Span lookup = span("4", "3", "main", "look-up", "INTERNAL");

    assertThat(edges(Graph.of(List.of(List.of(ENTRY, STEP, CALL, lookup)))))
        .containsExactly("main GET / > there:80 POST outside: 1, 0, 10");
  }

  @Test
  void aServiceMayCallItself() {
    Span called = span("4", "3", "main", "GET /other", "SERVER");

    assertThat(edges(Graph.of(List.of(List.of(ENTRY, STEP, CALL, called)))))
        .containsExactly("main GET / > main GET /other: 1, 0, 10");
  }

  @Test
  @Timeout(10)
  void spansInACircleAndSpansAsDeepAsThereAreSomeMakeAGraph() {
    Span own = span("1", "1", "main", "GET", "CLIENT");
    Span there = span("2", "3", "main", "GET", "CLIENT");
    Span back = span("3", "2", "log", "GET", "CLIENT");
    List<Span> deep = new ArrayList<>();
    for (int i = 1; i <= 20_000; i++) {
      deep.add(span("" + i, "" + (i - 1), "main", "GET", "CLIENT"));
    }

    assertThat(Graph.of(List.of(List.of(own))).edges()).hasSize(1);
    assertThat(Graph.of(List.of(List.of(there, back))).edges()).hasSize(2);
    assertThat(edges(Graph.of(List.of(deep))))
        .containsExactly("main GET > there:80 GET outside: 20000, 0, 200000");
  }

  @Test
  void aCalleeThatIsDownIsKnownFromOtherCalls() {
    Graph graph =
        Graph.of(List.of(List.of(ENTRY, STEP, CALL, CALLED), List.of(ENTRY, STEP, failed(CALL))));

    assertThat(edges(graph))
        .containsExactlyInAnyOrder(
            "main GET / > log POST /log: 1, 0, 10", "main GET / > log POST: 1, 1, 30");
  }

  @Test
  void theGraphOfTheFiveServicesIsThatOfTheirTraces() throws IOException {
    List<Span> spans =
        Span.of(
            new ObjectMapper()
                .readTree(getClass().getResourceAsStream("/tracestore/five-services.otlp.json")));

    assertThat(Graph.of(List.of(spans)).edges())
        .extracting(edge -> edge.from().service() + " > " + edge.to().service())
        .contains("main > upstream", "upstream > service1", "upstream > service2")
        .contains("service1 > log", "service2 > log");
  }
}
