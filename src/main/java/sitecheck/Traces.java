package sitecheck;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sitecheck.service.Port;
import sitecheck.service.Settings;
import sitecheck.service.StartException;
import sitecheck.tracestore.TraceStore;

/** Where the traces go: to a store in this JVM, to whoever listens there already, or elsewhere. */
final class Traces implements AutoCloseable {

  private final Settings settings;
  private final Set<String> destinations;
  private final Port otlp;
  private final Port ui;
  private final boolean comeHere;
  private TraceStore store;
  private boolean taken;

  /**
   * Traces that go nowhere yet.
   *
   * @param destinations where the services send their spans
   */
  Traces(Settings settings, Set<String> destinations) {
    this.settings = settings;
    this.destinations = Set.copyOf(destinations);
    String host = settings.get("listen.host");
    otlp = new Port(host, settings.number("traces.otlp.port"));
    ui = new Port(host, settings.number("traces.ui.port"));
    String hosts =
        Stream.of("127.0.0.1", "localhost", host).map(Pattern::quote).collect(joining("|"));
    Pattern here = Pattern.compile("http://(%s):%d(/\\S*)?".formatted(hosts, otlp.number()));
    comeHere = destinations.stream().anyMatch(here.asMatchPredicate());
  }

  /** Starts the store, unless the spans go elsewhere, or something listens for them already. */
  void startStoreIfNeeded() {
    taken = comeHere && !otlp.isFree();
    if (comeHere && !taken) {
      startStore();
    }
  }

  /**
   * Starts the store.
   *
   * @throws StartException when one of its ports is in use
   */
  void startStore() {
    otlp.requireFree("traces.otlp.port");
    ui.requireFree("traces.ui.port");
    try {
      store =
          TraceStore.start(
              new TraceStore.Settings(
                  otlp.host(),
                  otlp.number(),
                  ui.number(),
                  settings.number("traces.spans.max"),
                  settings.number("traces.body.max")));
    } catch (IOException | IllegalArgumentException wrong) {
      throw new StartException("the trace store did not start: " + wrong.getMessage(), wrong);
    }
  }

  /** The address of a trace's page up to its id, unless there can be none, for no spans come. */
  String link() {
    String page = settings.get("traces.ui.trace");
    boolean ours = page.startsWith("http://localhost:" + ui.number() + "/");
    return comeHere || !ours ? page : "trace ";
  }

  /** What to tell a reader who looks for them. */
  @Override
  public String toString() {
    if (store != null) {
      return settings.get("traces.ui.url");
    }
    String all = destinations.stream().sorted().collect(joining(", "));
    return all.isEmpty()
        ? "not sent"
        : "sent to " + all + (taken ? ", where something listens already" : "");
  }

  @Override
  public void close() {
    if (store != null) {
      store.close();
      store = null;
    }
  }
}
