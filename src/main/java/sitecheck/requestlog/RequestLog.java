package sitecheck.requestlog;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.Header;

/** The latest checks, in memory: they are gone with the process. Safe for many threads. */
public final class RequestLog {

  private static final int MOST = 1000;

  /** The <a href="https://www.w3.org/TR/trace-context/#traceparent-header">traceparent</a>. */
  private static final Pattern TRACEPARENT =
      Pattern.compile("00-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-[0-9a-f]{2}");

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

  /** Keeps a check, with the trace that it came in and the time. */
  public synchronized void keep(@Body Check check, @Header("traceparent") String traceparent) {
    Matcher context = TRACEPARENT.matcher(traceparent == null ? "" : traceparent);
    boolean traced = context.matches();
    if (checks.size() == capacity) {
      checks.removeLast();
    }
    checks.addFirst(
        new Check(
            check.service(),
            check.site(),
            check.connected(),
            traced ? context.group("trace") : null,
            traced ? context.group("span") : null,
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
