package sitecheck.page;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Asks a trace store by the two queries that ours and Jaeger have in common. */
final class TraceQuery {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final HttpCalls calls;
  private final String url;
  private final Duration quiet;

  /**
   * @param url of the store, without a path
   * @param quiet when no span has come for as long, all there are have
   */
  TraceQuery(HttpCalls calls, String url, Duration quiet) {
    this.calls = calls;
    this.url = url;
    this.quiet = quiet;
  }

  /**
   * The spans of a trace, as soon as all have come: whose parents are there too, and after which no
   * more come.
   *
   * @throws IOException when the store does not answer, or has no span of it in five seconds
   */
  List<Span> await(String traceId) throws IOException {
    Instant end = Instant.now().plus(LIMIT);
    List<Span> spans = List.of();
    Instant changed = Instant.now();
    while (!isWhole(spans) || Instant.now().isBefore(changed.plus(quiet))) {
      if (Instant.now().isAfter(end)) {
        if (spans.isEmpty()) {
          throw new InterruptedIOException(traceId + " has not come");
        }
        return spans;
      }
      pause();
      List<Span> now = Span.of(ask("/" + traceId));
      changed = now.size() == spans.size() ? changed : Instant.now();
      spans = now;
    }
    return spans;
  }

  /** The traces of a service that began within this time, at most a hundred. */
  Collection<List<Span>> latest(String service, Duration within) throws IOException {
    Instant now = Instant.now();
    String query =
        "?query.service_name=%s&query.start_time_min=%s&query.start_time_max=%s&query.num_traces=100"
            .formatted(service, now.minus(within), now);
    return Span.of(ask(query)).stream().collect(groupingBy(Span::traceId)).values();
  }

  private static boolean isWhole(List<Span> spans) {
    Set<String> ids = spans.stream().map(Span::id).collect(toSet());
    return spans.stream().filter(span -> !ids.contains(span.parentId())).count() == 1;
  }

  /** TracesData, with nothing in it when there is none. */
  private JsonNode ask(String query) throws IOException {
    HttpResponse<String> answer = calls.get(url + "/api/v3/traces" + query);
    return switch (answer.statusCode()) {
      case 200 -> JSON.readTree(answer.body()).path("result");
      case 404 -> JSON.createObjectNode();
      default -> throw new IOException(url + " answered with status " + answer.statusCode());
    };
  }

  private static void pause() throws InterruptedIOException {
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }
}
