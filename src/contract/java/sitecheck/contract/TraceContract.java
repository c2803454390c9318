package sitecheck.contract;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.AssertionFailedError;
import sitecheck.contract.TraceDrawing.Line;

/**
 * Compares the traces of a Camel application with text files that people can read. It captures
 * every span of the SDK that Camel's tracer uses. Register it as a static field of a test class:
 *
 * <pre>{@code
 * @RegisterExtension static final TraceContract traces = new TraceContract();
 * …
 * traces.verify("order"); // after the request
 * }</pre>
 *
 * <p>After each test it runs every {@link Check} for flaws that no trace may have. {@code
 * -Dcontract=write} writes the files.
 */
public final class TraceContract
    implements BeforeEachCallback, AfterEachCallback, AfterAllCallback, BeforeAllCallback {

  /** The maximum number of concurrent requests. */
  private static final int CONNECTIONS = 32;

  /** The maximum number of lines of a list in a message. */
  private static final int SHOWN = 40;

  private static final long LOOK_MILLIS = 10;

  private final CapturedSpans captured = CapturedSpans.OF_THIS_JVM;
  private final CamelContexts contexts = CamelContexts.OF_THIS_JVM;
  private final Path folder;
  private final Set<Check> checks = EnumSet.allOf(Check.class);
  private final Map<Pattern, String> exceptions = new LinkedHashMap<>();
  private final Set<Pattern> needed = new HashSet<>();
  private final List<UnaryOperator<String>> names = new ArrayList<>();
  private final List<CapturedSpan> explained = new ArrayList<>();
  private final UsedFiles used = new UsedFiles();
  private HttpRules rules = new HttpRules();
  private Duration limit = Duration.ofSeconds(10);
  private boolean write = "write".equals(System.getProperty("contract"));
  private final Set<Path> written = new HashSet<>();
  private Scope root = Scope.noop();
  private int namesOfClass;

  /** Creates a contract with its files in {@code src/test/resources/traces}. */
  public TraceContract() {
    this(Path.of("src", "test", "resources", "traces"));
  }

  /** Creates a contract with its files, {@code <name>.txt}, in a folder. */
  public TraceContract(Path folder) {
    this.folder = folder;
    names.add(text -> text.replaceAll("(Java|Java-http-client)/[\\d._]+", "$1/…"));
    captured.install();
  }

  /** Leaves out some of the checks. */
  public TraceContract without(Check... some) {
    checks.removeAll(Arrays.asList(some));
    return this;
  }

  /**
   * Allows violations of the conventions. The test class fails if all its tests have passed and no
   * violation needed the exception: it can be removed.
   *
   * @param violation a regular expression to find in a violation's message
   * @param reason why the violation is allowed, for the reader
   */
  public TraceContract except(String violation, String reason) {
    exceptions.put(Pattern.compile(violation), reason);
    return this;
  }

  /** Adds rules from files on the class path, in the format of {@link HttpRules}' own file. */
  public TraceContract rules(String... resources) {
    rules = new HttpRules(resources);
    return this;
  }

  /** Writes the files, as {@code -Dcontract=write} does. */
  TraceContract writing() {
    write = true;
    return this;
  }

  /** Sets how long a trace may take to end; ten seconds by default. */
  public TraceContract within(Duration limit) {
    this.limit = limit;
    return this;
  }

  /**
   * Replaces a varying value, such as a port, by a name. A name set in a test ends with the test.
   */
  public TraceContract name(Object value, String name) {
    Pattern whole = Pattern.compile("(?<!\\w)" + Pattern.quote(value.toString()) + "(?!\\w)");
    String quoted = Matcher.quoteReplacement("{" + name + "}");
    return naming(text -> whole.matcher(text).replaceAll(quoted));
  }

  /** The same for values that are harder to find: the function rewrites each line. */
  public TraceContract naming(UnaryOperator<String> named) {
    names.add(named);
    return this;
  }

  /** The processor for an SDK that is neither autoconfigured nor the global one. */
  public static SpanProcessor spanProcessor() {
    return CapturedSpans.OF_THIS_JVM;
  }

  /** Adds a span of another process. */
  public void add(CapturedSpan span) {
    captured.add(span);
  }

  /** The artifact and version of Camel's tracer, such as {@code camel-opentelemetry2-4.18.0}. */
  public String tracer() {
    return contexts.tracer();
  }

  /** Compares all spans since the last comparison, or the test's start, with a file. */
  public List<CapturedSpan> verify(String name) {
    return verify(name, null, span -> true);
  }

  /**
   * Compares some of the spans with a file, once every span that has started has ended.
   *
   * @param name the file's name, without {@code .txt}
   * @param answer the text before the trees in the file; null to keep the file's own
   * @param which selects the spans to compare
   * @return the compared spans
   */
  public List<CapturedSpan> verify(String name, String answer, Predicate<CapturedSpan> which) {
    awaitEnd();
    List<CapturedSpan> spans = explain(which);
    TraceFile file = file(name);
    List<Line> lines = drawing(true, file.everything()).lines(traces(spans));
    String trees = TraceDrawing.text(lines);
    String head = answer == null ? file.answer() : named(answer);
    String actual = TraceFile.text(file.title(), head, trees);
    if (write) {
      if (!written.add(file.path()) && !file.text().equals(actual)) {
        throw new AssertionFailedError(
            "%s is for two traces: verify each by a name of its own".formatted(file.path()),
            file.text(),
            actual);
      }
      file.write(actual);
    } else if (!file.exists()) {
      throw new AssertionFailedError(
          "There is no %s. -Dcontract=write would write:%n%n%s".formatted(file.path(), actual));
    } else if (!file.text().equals(actual)) {
      List<Line> all = new ArrayList<>();
      TraceFile.text(file.title(), head, "").lines().forEach(line -> all.add(Line.of(line)));
      all.addAll(all.isEmpty() ? List.of() : List.of(Line.of("")));
      all.addAll(lines);
      throw new AssertionFailedError(
          differs(file, Difference.of(file.text(), all)), file.text(), actual);
    }
    return spans;
  }

  /**
   * Returns the trees of some of the spans without their times, once every span that has started
   * has ended. This is for a test that knows its trees without a file.
   */
  public String trees(Predicate<CapturedSpan> which) {
    awaitEnd();
    return drawing(false, false).draw(traces(explain(which)));
  }

  /**
   * Runs a request many times at once, and compares each of its traces with a file. Times do not
   * count: neither the order of spans with the same parent, nor whether they overlap.
   *
   * @return all spans
   */
  public List<CapturedSpan> verify(String name, int times, Callable<?> request) throws Exception {
    run(times, request);
    awaitEnd();
    List<CapturedSpan> spans = explain(span -> true);
    TraceFile file = file(name);
    if (!file.exists()) {
      throw new AssertionFailedError("There is no %s: verify one first".formatted(file.path()));
    }
    TraceDrawing drawing = drawing(false, file.everything());
    Map<String, Long> actual =
        traces(spans).stream()
            .map(trace -> TraceFile.timeless(drawing.draw(List.of(trace))))
            .collect(groupingBy(tree -> tree, TreeMap::new, counting()));
    Map<String, Long> expected =
        Stream.of(file.trees().split("\n\n"))
            .map(TraceFile::timeless)
            .collect(groupingBy(tree -> tree, TreeMap::new, Collectors.summingLong(tree -> times)));
    if (!actual.equals(expected)) {
      throw new AssertionFailedError(differs(file, shapes(expected, actual)), expected, actual);
    }
    return spans;
  }

  private static void run(int times, Callable<?> request) throws Exception {
    ExecutorService connections = Executors.newFixedThreadPool(Math.min(times, CONNECTIONS));
    try {
      for (Future<?> answer : connections.invokeAll(Collections.nCopies(times, request))) {
        answer.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a request failed", e.getCause());
    } finally {
      connections.shutdownNow();
    }
  }

  /** Counts the file's trees, and compares every other tree with the first of them. */
  private static String shapes(Map<String, Long> expected, Map<String, Long> actual) {
    String first = expected.keySet().iterator().next();
    StringBuilder text = new StringBuilder();
    expected.forEach(
        (tree, times) ->
            text.append(
                "%d times the tree of the file, of %d%n"
                    .formatted(actual.getOrDefault(tree, 0L), times)));
    actual.forEach(
        (tree, times) -> {
          if (!expected.containsKey(tree)) {
            List<Line> lines = tree.lines().map(Line::of).toList();
            text.append("%n%d times%n%n%s".formatted(times, Difference.of(first, lines)));
          }
        });
    return text.toString();
  }

  private String differs(TraceFile file, String difference) {
    String hint =
        "%nWritten with \"attributes = all\", the file would have those that it expects.%n";
    return "%s (-) is not what the request has left behind (+), traced by %s:%n%n%s%s"
        .formatted(file.path(), tracer(), difference, file.everything() ? "" : hint.formatted());
  }

  private TraceFile file(String name) {
    Path path = folder.resolve(name + ".txt");
    used.add(path);
    return TraceFile.read(path);
  }

  private List<CapturedSpan> explain(Predicate<CapturedSpan> which) {
    List<CapturedSpan> spans = captured.take(which);
    explained.addAll(spans);
    return spans;
  }

  private TraceDrawing drawing(boolean times, boolean everything) {
    return new TraceDrawing(times, everything, this::named);
  }

  private String named(String text) {
    String named = text;
    for (UnaryOperator<String> name : names) {
      named = name.apply(named);
    }
    return named;
  }

  private static Collection<List<CapturedSpan>> traces(List<CapturedSpan> spans) {
    return spans.stream().collect(groupingBy(CapturedSpan::traceId)).values();
  }

  /**
   * Waits until every span that has started has ended and Camel has no exchange left. An exchange
   * between two threads is not counted for a moment, so nothing may have happened between two
   * looks.
   */
  private void awaitEnd() {
    long end = System.nanoTime() + limit.toNanos();
    long seen = -1;
    while (true) {
      long count = captured.count();
      List<String> busy = new ArrayList<>(captured.open());
      busy.addAll(contexts.busy());
      if (busy.isEmpty() && count == seen) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new AssertionFailedError(
            "The trace has not ended within %s: %s".formatted(limit, String.join(", ", busy)));
      }
      seen = busy.isEmpty() ? count : -1;
      look();
    }
  }

  private static void look() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void beforeAll(ExtensionContext test) {
    captured.exporting(false);
  }

  @Override
  public void beforeEach(ExtensionContext test) {
    namesOfClass = names.size();
    explained.clear();
    boolean isClean = Context.current() == Context.root(); // or an earlier test has left a context
    root = isClean ? Scope.noop() : Context.root().makeCurrent();
    OpenScopes.forget();
    captured.start();
  }

  @Override
  public void afterEach(ExtensionContext test) {
    Optional<Throwable> failure = test.getExecutionException();
    used.ran(test.getRequiredTestMethod(), failure.isPresent());
    try {
      check();
    } catch (AssertionFailedError found) { // it may be the cause of the failure
      failure.orElseThrow(() -> found).addSuppressed(found);
    } finally {
      root.close();
      captured.stop();
      names.subList(namesOfClass, names.size()).clear();
    }
  }

  /** Fails if a check finds something. */
  void check() {
    awaitEnd();
    Map<Check, List<String>> found = new TreeMap<>();
    List<CapturedSpan> unexplained = captured.take(span -> true);
    if (!unexplained.isEmpty()) {
      String trees = drawing(true, false).draw(traces(unexplained));
      found.put(Check.UNEXPLAINED_SPAN, trees.lines().toList());
    }
    List<CapturedSpan> all = new ArrayList<>(explained);
    all.addAll(unexplained);
    found.put(Check.OPEN_SCOPE, checks.contains(Check.OPEN_SCOPE) ? openScopes() : List.of());
    found.put(Check.MISSING_PARENT, orphans(all));
    found.put(
        Check.HTTP_CONVENTIONS,
        all.stream()
            .flatMap(span -> rules.violations(span).stream())
            .distinct()
            .filter(violation -> !isExcepted(violation))
            .toList());
    found.keySet().retainAll(checks);
    found.values().removeIf(List::isEmpty);
    if (!found.isEmpty()) {
      throw new AssertionFailedError(
          found.entrySet().stream()
              .map(one -> one.getKey().title() + ":\n  " + list(one.getValue()))
              .collect(joining("\n\n", "There are, traced by %s,\n\n".formatted(tracer()), "\n")));
    }
  }

  private boolean isExcepted(String violation) {
    List<Pattern> fitting =
        exceptions.keySet().stream().filter(it -> it.matcher(violation).find()).toList();
    needed.addAll(fitting);
    return !fitting.isEmpty();
  }

  /** The exceptions that no violation has needed, with their reasons. */
  List<String> unneeded() {
    return exceptions.entrySet().stream()
        .filter(exception -> !needed.contains(exception.getKey()))
        .map(exception -> "\"%s\": %s".formatted(exception.getKey(), exception.getValue()))
        .toList();
  }

  private static String list(List<String> lines) {
    String first = lines.stream().limit(SHOWN).collect(joining("\n  "));
    return lines.size() > SHOWN ? first + "\n  and %d more".formatted(lines.size() - SHOWN) : first;
  }

  /** Waits for threads of pools that are not done yet; returns the scopes that stay open. */
  private List<String> openScopes() {
    long end = System.nanoTime() + limit.toNanos();
    while (!OpenScopes.now().isEmpty() && System.nanoTime() < end) {
      look();
    }
    return OpenScopes.now();
  }

  private static List<String> orphans(List<CapturedSpan> spans) {
    Set<String> ids = spans.stream().map(CapturedSpan::id).collect(toSet());
    return spans.stream()
        .filter(span -> !span.parentId().isEmpty() && !ids.contains(span.parentId()))
        .filter(span -> !span.data().getParentSpanContext().isRemote())
        .map(span -> span.service() + " " + span.name())
        .toList();
  }

  @Override
  public void afterAll(ExtensionContext test) {
    captured.exporting(true);
    if (used.arePassed(test.getRequiredTestClass()) && !unneeded().isEmpty()) {
      throw new AssertionFailedError(
          "No violation of the conventions is left for the exception of " + unneeded());
    }
    List<Path> unused = used.unused(test.getRequiredTestClass(), folder);
    if (!unused.isEmpty()) {
      throw new AssertionFailedError("No test uses " + unused);
    }
  }
}
