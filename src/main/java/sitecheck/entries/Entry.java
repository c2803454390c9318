package sitecheck.entries;

import static sitecheck.problem.ProblemException.require;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import sitecheck.problem.ProblemException;

/** An entry of the log as a checker sends it. */
public final class Entry {
  private static final Set<String> FIELDS =
      Set.of("id", "service", "site", "connected", "latency", "status", "error", "time");

  private static final long MAX_LATENCY = 1L << 53; // beyond that, JSON's numbers are not exact

  /** Neither database stores half a surrogate pair, and PostgreSQL no NUL. */
  private static final Pattern TEXT = Pattern.compile("[^\0\\x{D800}-\\x{DFFF}]*");

  /**
   * Turns an entry into a row of the table, with the ids of its request, which may be null.
   *
   * @throws ProblemException if a field is missing, unknown or invalid
   */
  public static Map<String, Object> row(
      @Body Map<String, Object> entry,
      @ExchangeProperty("trace_id") String traceId,
      @ExchangeProperty("span_id") String spanId) {
    for (String name : new String[] {"id", "service", "site"}) {
      boolean holds =
          entry.get(name) instanceof String text
              && !text.isEmpty()
              && text.codePointCount(0, text.length()) <= 200;
      require(holds, name + " must be text of 1 to 200 characters");
      requireStorable(name, entry.get(name));
    }
    require(entry.get("connected") instanceof Boolean, "connected must be true or false");
    require(isWhole(entry.get("latency"), 0, MAX_LATENCY), "latency must be whole milliseconds");
    Object status = entry.putIfAbsent("status", null);
    Object error = entry.putIfAbsent("error", null);
    require(
        status == null || isWhole(status, 100, 999), "status must be a status of HTTP, 100 to 999");
    require(error == null || error instanceof String, "error must be text");
    requireStorable("error", error);
    require(status == null != (error == null), "there must be either status or error");
    for (String name : entry.keySet()) {
      require(FIELDS.contains(name), "unknown field " + name);
    }
    entry.computeIfPresent("status", (name, value) -> ((Number) value).intValue());
    entry.compute("latency", (name, value) -> ((Number) value).longValue());
    entry.put("time", time("time", entry.get("time")));
    entry.put("trace_id", traceId);
    entry.put("span_id", spanId);
    return entry;
  }

  private static void requireStorable(String name, Object value) {
    boolean holds = value == null || TEXT.matcher(value.toString()).matches();
    require(holds, name + " must be text without NUL and unpaired surrogates");
  }

  /** Whether a value is a whole number in a range; 12, 12.0 and 1.2e1 are the same. */
  private static boolean isWhole(Object value, long least, long most) {
    return value instanceof Number number
        && number.doubleValue() == number.longValue()
        && number.longValue() >= least
        && number.longValue() <= most;
  }

  /** Parses a time of RFC 3339 into milliseconds since the epoch. */
  static long time(String name, Object value) {
    String text = String.valueOf(value);
    try {
      Instant time = Instant.parse(text);
      int year = time.atOffset(ZoneOffset.UTC).getYear(); // RFC 3339 has no sign, also in an answer
      if (Character.isDigit(text.charAt(0)) && year >= 0 && year <= 9999) {
        return time.toEpochMilli();
      }
    } catch (DateTimeException e) {
      // answered below
    }
    String wrong = text.matches("[\\d-]+T[\\d:.]+") ? " has no zone: it" : "";
    throw new ProblemException(
        name + wrong + " must be a time like 2026-01-31T12:00:00Z or 2026-01-31T12:00:00+08:00");
  }
}
