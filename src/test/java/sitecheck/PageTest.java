package sitecheck;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.File;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The page in a real browser. Without Chromium these tests are skipped, or fail if the environment
 * has {@code BROWSER_REQUIRED=true}. Their screenshots are in target/.
 */
@Tag("any-jdk")
class PageTest {

  /** Spans arrive after half a second, and the page waits as long again to be sure of all. */
  private static final int LIMIT = 20_000;

  private static final Map<String, String> SETTINGS = Ports.settings();

  private static SiteCheck system;
  private static Playwright playwright;
  private static Browser browser;

  private final List<String> errors = new ArrayList<>();
  private Page page;

  @BeforeAll
  static void start() {
    Optional<Path> chromium = chromium();
    assumeTrue(
        chromium.isPresent() || "true".equals(System.getenv("BROWSER_REQUIRED")),
        "No Chromium is installed: the page is not tested");
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(new BrowserType.LaunchOptions().setExecutablePath(chromium.orElseThrow()));
    PlaywrightAssertions.setDefaultAssertionTimeout(LIMIT);
    SETTINGS.put("trace.print", "false");
    system =
        new SiteCheck(List.of(), SETTINGS, new PrintStream(OutputStream.nullOutputStream(), true));
    system.start();
  }

  private static Optional<Path> chromium() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(
            folder ->
                Stream.of("chromium", "chromium-browser", "google-chrome", "chrome")
                    .map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @AfterAll
  static void stop() {
    if (system != null) {
      system.close();
    }
    if (playwright != null) {
      playwright.close();
    }
  }

  @BeforeEach
  void open() {
    open(
        new Browser.NewPageOptions()
            .setViewportSize(1440, 1000)
            .setReducedMotion(ReducedMotion.REDUCE));
  }

  private void open(Browser.NewPageOptions options) {
    page = browser.newPage(options);
    page.setDefaultTimeout(LIMIT);
    page.onPageError(errors::add);
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error")) {
            errors.add(message.text());
          }
        });
    page.navigate("http://127.0.0.1:" + SETTINGS.get("main.port") + "/");
  }

  @AfterEach
  void nothingWentWrongInTheBrowser() {
    page.close();
    assertThat(errors).isEmpty();
  }

  private void run(String name) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name)).click();
    visible(page.locator("#result"));
  }

  private static void visible(Locator locator) {
    assertThat(locator).isVisible();
  }

  private void screenshot(String name) {
    page.screenshot(
        new Page.ScreenshotOptions()
            .setPath(Path.of("target", "page-" + name + ".png"))
            .setFullPage(true));
  }

  @Test
  void bothRunsAreSeenSideBySideWithHowMuchFasterTheSecondWas() {
    run("Both, and compare");

    assertThat(page.locator(".run")).hasCount(2);
    assertThat(page.locator(".run").first().locator(".row")).hasCount(17);
    assertThat(page.locator(".run").last().locator(".row")).hasCount(17);
    List<Double> took =
        page.locator(".run h3 span").allTextContents().stream().map(PageTest::number).toList();
    assertThat(number(page.locator("#verdict strong").textContent()))
        .isCloseTo(took.get(0) / took.get(1), within(0.02));
    double sequential = page.locator(".run").first().locator(".lane").first().boundingBox().width;
    double parallel = page.locator(".run").last().locator(".lane").first().boundingBox().width;
    assertThat(parallel).as("the bars have one scale").isEqualTo(sequential);
    screenshot("both");
  }

  private static double number(String text) {
    return Double.parseDouble(text.split(" ")[0]);
  }

  @ParameterizedTest
  @CsvSource({"Sequential, 17", "Parallel, 17", "Two services, 4"})
  void oneRunIsSeenWithItsAnswerItsTraceAndItsLogEntries(String button, int spans) {
    run(button);

    assertThat(page.locator(".run h3")).containsText(button);
    assertThat(page.locator(".row")).hasCount(spans);
    assertThat(page.locator(".run .answer")).containsText("200  {");
    String id = page.locator(".run a").textContent();
    assertThat(page.locator(".run a"))
        .hasAttribute(
            "href", "http://localhost:" + SETTINGS.get("traces.port") + "/zipkin/traces/" + id);
    assertThat(page.locator("#log tbody tr")).hasCount(spans == 17 ? 2 : 0);
  }

  @Test
  void aBrokenCheckerIsSeenAsFailedSpansThatSayWhy() {
    setFault("service2", "500");
    run("Both, and compare");

    visible(page.getByText("it is set to fail").first());
    assertThat(page.locator(".run").first().locator(".row.failed .name"))
        .containsText(
            new String[] {
              "GET /check-sites", "GET", "GET /api/check-sites", "service2", "GET", "GET /api/check"
            });
    screenshot("broken");

    setFault("service2", "fine");
    run("Both, and compare");
    assertThat(page.locator(".row.failed")).hasCount(0);
  }

  private void setFault(String service, String fault) {
    page.waitForResponse(
        answer -> answer.request().method().equals("PUT") && answer.ok(),
        () ->
            page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName(service))
                .getByText(fault)
                .click());
  }

  @Test
  void theDelayOfTheSitesIsChangedWhileTheyRun() {
    Locator delay = page.getByRole(AriaRole.SLIDER);
    assertThat(delay).hasValue("150");

    page.waitForResponse(answer -> answer.request().method().equals("PUT"), () -> delay.fill("10"));
    page.reload();

    assertThat(page.getByRole(AriaRole.SLIDER)).hasValue("10");
    page.waitForResponse(
        answer -> answer.request().method().equals("PUT"),
        () -> page.getByRole(AriaRole.SLIDER).fill("600"));
  }

  @Test
  void theBarsAreReachedByKeyboardAndTellTheirAttributes() {
    run("Parallel");

    page.locator(".row").first().focus();
    page.keyboard().press("ArrowDown");

    assertThat(page.locator(".row").nth(1)).isFocused();
    assertThat(page.locator("#details")).containsText("url.full");
    assertThat(page.locator("#details")).containsText("/api/check-sites-v2");
    assertThat(page.locator(".row").nth(1))
        .hasAttribute("aria-label", Pattern.compile("main: GET, [\\d.]+ ms, .*critical path"));
    screenshot("attributes");
    page.keyboard().press("Escape");
    assertThat(page.locator("#details")).isHidden();
  }

  @Test
  void theGraphHasTheServicesAndTheirOperationsWhenAsked() {
    run("Parallel");

    Locator graph = page.locator("#graph");
    assertThat(
            graph
                .locator("text")
                .getByText("upstream", new Locator.GetByTextOptions().setExact(true)))
        .hasCount(1);
    assertThat(graph.getByText("/api/check-sites-v2")).hasCount(0);
    page.getByLabel("by operation").check();
    assertThat(graph.getByText("GET /api/check-sites-v2")).hasCount(1);
    screenshot("operations");
    page.getByText("As a table").click();
    assertThat(
            page.locator("#edges tbody tr")
                .filter(new Locator.FilterOptions().setHasText("main GET /check-sites-v2")))
        .containsText("upstream GET /api/check-sites-v2");
  }

  /** Six services call six others, and one of them calls itself. */
  private static String crossingEdges() {
    String node =
        "{\"service\":\"service%d\",\"operation\":\"GET /api/check-%d\",\"outside\":false}";
    return IntStream.range(0, 32)
        .mapToObj(
            i ->
                "{\"from\":%s,\"to\":%s,\"calls\":%d,\"errors\":%d,\"time\":%d}"
                    .formatted(
                        node.formatted(i % 6, i % 6),
                        node.formatted(i == 31 ? 1 : 10 + i / 6, i),
                        i * i + 1,
                        i % 3,
                        i * 100_000_000L))
        .collect(joining(",", "{\"traces\":9,\"edges\":[", "]}"));
  }

  @ParameterizedTest
  @CsvSource({"700, false", "700, true", "1300, false", "1300, true"})
  void eachLabelOfAGraphOfManyCrossingCallsCanBeRead(int width, boolean byOperation) {
    page.setViewportSize(width, 900);
    page.route(
        "**/page/graph", it -> it.fulfill(new Route.FulfillOptions().setBody(crossingEdges())));
    page.getByLabel("by operation").setChecked(byOperation);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Refresh")).click();

    assertThat(page.locator("#graph .label")).hasCount(32);
    screenshot("labels-" + width + (byOperation ? "-operations" : ""));
    assertThat((List<?>) page.evaluate(COVERED)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1280, 0", "1440, 12"})
  void theGraphOfAllServicesNeedsNoScrolling(int width, int failed) {
    page.setViewportSize(width, 900);
    String edges =
        Stream.of(
                "main upstream",
                "upstream service1",
                "upstream service2",
                "service1 log",
                "service2 log",
                "service1 127.0.0.1:5005",
                "service2 127.0.0.1:5005",
                "log sqlite")
            .map(edge -> edge(edge.split(" "), edge.matches(".*(upstream|2)") ? failed : 0))
            .collect(joining(",", "{\"traces\":100,\"edges\":[", "]}"));
    page.route("**/page/graph", it -> it.fulfill(new Route.FulfillOptions().setBody(edges)));
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Refresh")).click();

    assertThat(page.locator("#graph .label.bad")).hasCount(failed == 0 ? 0 : 2);
    assertThat(page.locator("#graph .label")).hasCount(8);
    assertThat((List<?>) page.evaluate(COVERED)).isEmpty();
    assertThat(page.evaluate("by('graph').scrollWidth <= by('graph').clientWidth")).isEqualTo(true);
  }

  private static String edge(String[] nodes, int errors) {
    String node = "{\"service\":\"%s\",\"operation\":\"GET\",\"outside\":%s}";
    return "{\"from\":%s,\"to\":%s,\"calls\":100,\"errors\":%d,\"time\":16480000000}"
        .formatted(
            node.formatted(nodes[0], false),
            node.formatted(nodes[1], !nodes[1].matches("[a-z]+\\d?") || nodes[1].equals("sqlite")),
            errors);
  }

  @Test
  void aLateAnswerDoesNotReplaceANewerGraph() {
    List<Route> asked = new ArrayList<>();
    page.route("**/page/graph", asked::add);
    Locator refresh =
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Refresh"));
    refresh.click();
    refresh.click();
    page.waitForCondition(() -> asked.size() == 2);
    asked.get(1).fulfill(new Route.FulfillOptions().setBody(crossingEdges()));
    assertThat(page.locator("#graph .label")).hasCount(32);

    String none = "{\"traces\":0,\"edges\":[]}";
    page.waitForResponse(
        "**/page/graph", () -> asked.get(0).fulfill(new Route.FulfillOptions().setBody(none)));

    page.evaluate("() => new Promise(drawn => setTimeout(drawn))");
    assertThat(page.locator("#graph .label")).hasCount(32);
  }

  /** Labels that hide another or a box, leave the picture or are too small; names outside a box. */
  private static final String COVERED =
      """
      () => {
        const svg = document.querySelector("#graph svg").getBoundingClientRect();
        const texts = kind => [...document.querySelectorAll(`#graph ${kind}`)]
          .map(it => ({ text: it.textContent, box: it.getBoundingClientRect() }));
        const meet = (one, other) => one.left < other.right && other.left < one.right
          && one.top < other.bottom && other.top < one.bottom;
        const inside = (it, whole) => it.left >= whole.left && it.right <= whole.right
          && it.top >= whole.top && it.bottom <= whole.bottom;
        const labels = texts(".label"), boxes = texts(".box");
        const bad = labels.filter((it, i) => labels.some((other, j) => i < j && meet(it.box, other.box))
          || boxes.some(other => meet(it.box, other.box))
          || !inside(it.box, svg) || it.box.height < 12);
        const names = texts("g text").filter(it => it.text && !boxes.some(box => inside(it.box, box.box)));
        return [...bad, ...names].map(it => it.text);
      }
      """;

  @Test
  void itSaysWhereSpansAreStillToComeFromAndDrawsAgainWhenTheyHave() {
    AtomicInteger asked = new AtomicInteger();
    page.route(
        "**/page/trace*",
        it -> {
          String answer = it.fetch().text();
          boolean late = asked.incrementAndGet() == 1;
          String missing = answer.replace("\"missing\":[]", "\"missing\":[\"upstream\",\"log\"]");
          it.fulfill(new Route.FulfillOptions().setBody(late ? missing : answer));
        });
    run("Two services");

    assertThat(page.locator(".run .missing")).hasText("Spans still to come from upstream, log");
    assertThat(page.locator(".run .missing")).hasCount(0);
    assertThat(page.locator(".row")).hasCount(4);
    assertThat(asked).hasValue(2);
  }

  @Test
  void anAnswerWithoutATraceIsShown() {
    page.route(
        "**/check-sites",
        it -> it.fulfill(new Route.FulfillOptions().setStatus(503).setBody("too many")));
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sequential")).click();

    assertThat(page.locator("#status"))
        .hasText("That did not work: the answer is 503 too many, but the request was not traced");
    assertThat(page.locator("[data-run]").first()).not().hasAttribute("aria-disabled", "true");
    errors.clear(); // the browser reports the status
  }

  @Test
  void changesOfFaultsAreSentInTurnAndARefusedOneIsTakenBack() {
    List<Route> sent = new CopyOnWriteArrayList<>();
    page.route(
        "**/page/faults",
        it -> {
          if (it.request().method().equals("PUT")) {
            sent.add(it);
          } else {
            it.resume();
          }
        });
    for (String fault : List.of("slow", "500", "down")) {
      page.locator("fieldset").first().getByText(fault).click();
    }

    page.waitForCondition(() -> sent.size() == 1);
    sent.get(0).fulfill(new Route.FulfillOptions().setBody("{}"));
    page.waitForCondition(() -> sent.size() == 2);
    sent.get(1).fulfill(new Route.FulfillOptions().setBody("{}"));
    page.waitForCondition(() -> sent.size() == 3);
    assertThat(sent.get(2).request().postData()).contains("down");
    sent.get(2).fulfill(new Route.FulfillOptions().setStatus(400).setBody("{\"detail\":\"no\"}"));
    assertThat(page.locator("#status")).hasText("That did not work: no");
    assertThat(page.locator("fieldset").first().getByLabel("fine")).isChecked();
    errors.clear(); // the browser reports the status
  }

  @Test
  void aBrowserThatStoresNothingShowsAllOfThePage() {
    page.addInitScript(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })");
    page.reload();

    assertThat(page.locator("#swap")).isVisible();
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Dark")).click();
    assertThat(background()).isEqualTo("rgb(19, 20, 22)");
  }

  @Test
  void itIsDarkWhereThatIsPreferredOrChosenAndStaysSo() {
    String light = background();
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Dark")).click();
    String dark = background();
    run("Both, and compare");
    screenshot("dark");
    page.reload();
    String stays = background();
    page.close();
    open(new Browser.NewPageOptions().setColorScheme(ColorScheme.DARK));

    assertThat(light).isEqualTo("rgb(251, 250, 248)");
    assertThat(List.of(dark, stays, background())).containsOnly("rgb(19, 20, 22)");
  }

  private String background() {
    return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
  }

  @Test
  void itFitsANarrowScreen() {
    page.setViewportSize(390, 844);
    run("Both, and compare");

    assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(390);
    screenshot("narrow");
  }

  @Test
  void namesFromATraceAreShownAsTextEvenIfTheyAreHtml() {
    String traceId =
        send(
            "<img src=x onerror=wrong()>",
            """
            {"traceId": "%s", "spanId": "00000000000000ff", "name": "<script>wrong()</script>",
             "startTimeUnixNano": "1000000", "endTimeUnixNano": "2000000",
             "status": {"code": 2, "message": "<b>why</b>"},
             "attributes": [{"key": "<i>key</i>", "value": {"stringValue": "<i>value</i>"}}]}
            """);
    page.evaluate(SHOW, traceId);

    assertThat(page.locator(".row .name")).hasText("<script>wrong()</script>");
    assertThat(page.locator(".row .service")).hasText("<img src=x onerror=wrong()>");
    assertThat(page.locator(".row .reason")).hasText("<b>why</b>");
    page.locator(".row").focus();
    assertThat(page.locator("#details dt").last()).hasText("<i>key</i>");
    assertThat(page.locator("#details dd").last()).hasText("<i>value</i>");
  }

  @Test
  void aTraceOfFiveHundredSpansIsDrawnWhole() {
    String spans =
        IntStream.rangeClosed(1, 500)
            .mapToObj(
                i ->
                    """
                    {"traceId": "%%s", "spanId": "%016x", "parentSpanId": "%s", "name": "span %d",
                     "startTimeUnixNano": "%d000", "endTimeUnixNano": "%d000"}
                    """
                        .formatted(
                            i, i == 1 ? "" : "%016x".formatted(i / 3 + 1), i, 1000 + i, 5000 - i))
            .collect(joining(","));
    page.evaluate(SHOW, send("many", spans));

    assertThat(page.locator(".row")).hasCount(500);
    screenshot("many");
  }

  @Test
  void aTraceThatMakesNoSenseIsDrawnAndSoIsItsGraph() {
    String span =
        """
        {"traceId": "%%s", "spanId": "00000000000000f1", "parentSpanId": "00000000000000f1",
         "name": "round", "kind": 3, "startTimeUnixNano": "%1$d", "endTimeUnixNano": "%1$d"}
        """
            .formatted(System.currentTimeMillis() * 1_000_000);
    String noTimes =
        "{\"traceId\": \"%s\", \"spanId\": \"00000000000000f2\", \"name\": \"no times\"}";
    page.evaluate(SHOW, send("main", span + "," + noTimes));
    assertThat(page.locator(".row .name")).hasText(new String[] {"no times", "round"});

    send("main", span);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Refresh")).click();
    assertThat(page.locator("#graph").getByText("elsewhere")).hasCount(1);
  }

  /** Makes the page show a trace that belongs to no run. */
  private static final String SHOW =
      """
      id => ask("/page/trace?traceId=" + id)
        .then(found => show({ runs: [{ request: "/some", status: 200, answer: "", ...found }] }))
      """;

  /** Puts a trace id into spans, and sends them to the trace store. */
  private static String send(String service, String spans) {
    String traceId = "%032x".formatted(spans.hashCode() & 0xffffffffL);
    String otlp =
        """
        {"resourceSpans": [{
          "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "%s"}}]},
          "scopeSpans": [{"spans": [%s]}]}]}
        """
            .formatted(service, spans.replace("%s", traceId));
    String store = "http://127.0.0.1:" + SETTINGS.get("traces.port") + "/v1/traces";
    assertThat(Http.post(store, otlp).statusCode()).isEqualTo(200);
    return traceId;
  }

  @Test
  void theFirstRequestsOfThePageAreSmall() {
    Number bytes =
        (Number)
            page.evaluate(
                """
                performance.getEntriesByType("navigation")
                  .concat(performance.getEntriesByType("resource"))
                  .reduce((sum, entry) => sum + entry.transferSize, 0)
                """);

    assertThat(bytes.intValue()).isBetween(10_000, 100_000);
  }
}
