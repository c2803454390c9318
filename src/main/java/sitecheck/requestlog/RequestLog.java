package sitecheck.requestlog;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;

/** The latest checks, in memory: they are gone with the process. Safe for many threads. */
public final class RequestLog {

  private static final int MOST = 1000;

  private final Deque<Check> checks = new ArrayDeque<>();
  private final int capacity;

  /**
   * An empty log.
   *
   * @param capacity how many checks it keeps; after that the oldest goes for each that comes
   */
  public RequestLog(int capacity) {
    this.capacity = capacity;
  }

  /** Keeps a check, with the time and the span that it came in. */
  public synchronized void keep(
      @Body Check check,
      @ExchangeProperty("trace_id") String traceId,
      @ExchangeProperty("span_id") String spanId) {
    if (check == null) {
      throw new IllegalArgumentException("there is no check in the body");
    }
    if (checks.size() == capacity) {
      checks.removeLast();
    }
    checks.addFirst(
        new Check(
            check.service(),
            check.site(),
            check.connected(),
            traceId,
            spanId,
            Instant.now().toString()));
  }

  /**
   * The latest checks, newest first.
   *
   * @param traceId of the trace that they belong to; all when null
   * @param limit how many at most, 1 to 1000; 100 when null
   * @throws IllegalArgumentException when the limit is another
   */
  public synchronized List<Check> find(
      @Header("traceId") String traceId, @Header("limit") String limit) {
    int most = limit == null ? 100 : limit.matches("\\d{1,4}") ? Integer.parseInt(limit) : 0;
    if (most < 1 || most > MOST) {
      throw new IllegalArgumentException("limit must be a number from 1 to " + MOST);
    }
    return checks.stream()
        .filter(check -> traceId == null || traceId.equals(check.traceId()))
        .limit(most)
        .toList();
  }
}
