package sitecheck.entries;

import io.vertx.core.MultiMap;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Variable;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import sitecheck.problem.ProblemException;

/** The entries that a request asks for by its parameters, newest first, a page at a time. */
public final class EntryQuery {
  private static final String NAMES = "traceId, site, connected, since, cursor, limit";

  private EntryQuery() {}

  /**
   * Makes a query of the request's parameters. The body gets their values, the variable {@code
   * conditions} the SQL that refers to them by name, and the variable {@code limit} the number of
   * entries to find.
   *
   * @throws ProblemException when a parameter is unknown, there twice, or makes no sense
   */
  public static void read(Exchange exchange) {
    MultiMap given = exchange.getMessage(HttpMessage.class).getRequest().params();
    Map<String, Object> values = new HashMap<>(Map.of("limit", 100));
    StringBuilder conditions = new StringBuilder("true");
    for (String name : given.names()) {
      Entry.require(given.getAll(name).size() == 1, name + " is there more than once");
      conditions.append(" and ").append(condition(name, given.get(name), values));
    }
    exchange.getMessage().setBody(values);
    exchange.setVariable("conditions", conditions.toString());
    exchange.setVariable("limit", values.get("limit"));
  }

  /** The condition of a parameter; the values that it names are put into the map. */
  private static String condition(String name, String text, Map<String, Object> values) {
    switch (name) {
      case "traceId" -> {
        require(name, text, "[0-9a-fA-F]{32}", "32 hex digits");
        values.put(name, text.toLowerCase(Locale.ROOT));
        return "trace_id = :#traceId";
      }
      case "site" -> {
        require(name, text, "[^\0]+", "the name of a site"); // PostgreSQL has no text with a NUL
        values.put(name, text);
        return "site = :#site";
      }
      case "connected" -> {
        require(name, text, "true|false", "true or false");
        values.put(name, Boolean.valueOf(text));
        return "connected = :#connected";
      }
      case "since" -> {
        values.put(name, Entry.time(name, text));
        return "time >= :#since";
      }
      case "cursor" -> {
        require(name, text, "\\d{1,15}-[^\0]+", "the \"next\" of an answer");
        values.put("time", Long.valueOf(text.substring(0, text.indexOf('-'))));
        values.put("id", text.substring(text.indexOf('-') + 1));
        return "(time, id) < (:#time, :#id)";
      }
      case "limit" -> {
        require(name, text, "[1-9]\\d{0,2}|1000", "a number from 1 to 1000");
        values.put(name, Integer.valueOf(text));
        return "true";
      }
      default -> throw new ProblemException("there is no parameter " + name + ", but " + NAMES);
    }
  }

  private static void require(String name, String text, String pattern, String meaning) {
    Entry.require(text.matches(pattern), name + " must be " + meaning);
  }

  /**
   * Makes the answer of the rows.
   *
   * @return {@code {"entries": […], "next": "…"}}; "next" is the cursor of the next page, when
   *     there may be one
   */
  public static Map<String, Object> page(
      @Body List<Map<String, Object>> rows, @Variable("limit") int limit) {
    Map<String, Object> page = new LinkedHashMap<>(Map.of("entries", rows));
    if (rows.size() == limit) {
      Map<String, Object> last = rows.get(limit - 1);
      page.put("next", last.get("time") + "-" + last.get("id"));
    }
    for (Map<String, Object> row : rows) {
      // SQLite has numbers for it, PostgreSQL has booleans.
      row.put("connected", row.get("connected").toString().matches("1|true"));
      row.put("time", Instant.ofEpochMilli(((Number) row.get("time")).longValue()).toString());
    }
    return page;
  }
}
