package sitecheck.entries;

import static sitecheck.problem.ProblemException.require;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Variable;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import sitecheck.problem.ProblemException;

/** A query for entries by the parameters of a request: newest first, one page at a time. */
public final class EntryQuery {
  private static final int MAX_SIZE = 4_000_000; // of a page, in characters of errors

  private static final String NAMES = "traceId, site, connected, since, cursor, limit";

  /** A parameter: its pattern, how an error describes it, and its SQL condition. */
  private record Parameter(String pattern, String meaning, String condition) {}

  /**
   * Sets the body to the parameters' values, the variable {@code conditions} to SQL that refers to
   * them by name, and the variable {@code limit} to the size of a page.
   *
   * @throws ProblemException if a parameter is unknown, repeated or invalid
   */
  public static void read(Exchange exchange) {
    var given = exchange.getMessage(HttpMessage.class).getRequest().params();
    Map<String, Object> values = new HashMap<>(Map.of("limit", 100));
    StringBuilder conditions = new StringBuilder("true");
    for (String name : new TreeSet<>(given.names())) { // one order: Camel keeps each query
      Parameter parameter = parameter(name);
      String text = given.get(name);
      require(given.getAll(name).size() == 1, name + " is there more than once");
      require(text.matches(parameter.pattern), name + " must be " + parameter.meaning);
      switch (name) {
        case "traceId" -> values.put(name, text.toLowerCase(Locale.ROOT));
        case "connected" -> values.put(name, Boolean.valueOf(text));
        case "since" ->
            values.put(name, Entry.time(name, text.replace(' ', '+'))); // a decoded plus
        case "limit" -> values.put(name, Integer.valueOf(text));
        case "cursor" -> {
          String[] timeAndId = text.split("(?<=\\d)-", 2);
          values.put("time", Long.valueOf(timeAndId[0]));
          values.put(name, timeAndId[1]);
        }
        default -> values.put(name, text);
      }
      conditions.append(" and ").append(parameter.condition);
    }
    exchange.getMessage().setBody(values);
    exchange.setVariable("conditions", conditions.toString());
    exchange.setVariable("limit", values.get("limit"));
  }

  private static Parameter parameter(String name) {
    return switch (name) {
      case "traceId" -> new Parameter("[0-9a-fA-F]{32}", "32 hex digits", "trace_id = :#traceId");
      case "site" -> new Parameter("[^\0]+", "the name of a site", "site = :#site");
      case "connected" -> new Parameter("true|false", "true or false", "connected = :#connected");
      case "since" -> new Parameter(".*", "a time", "time >= :#since");
      case "cursor" ->
          new Parameter(
              "-?\\d{1,15}-[^\0]+", "the \"next\" of an answer", "(time, id) < (:#time, :#cursor)");
      case "limit" -> new Parameter("[1-9]\\d{0,2}|1000", "a number from 1 to 1000", "true");
      default -> throw new ProblemException("there is no parameter " + name + ", but " + NAMES);
    };
  }

  /** Makes {@code {"entries": […], "next": "…"}}; next is there if there may be another page. */
  public static Map<String, Object> page(
      @Body Iterator<Map<String, Object>> found, @Variable("limit") int limit) {
    var rows = new ArrayList<Map<String, Object>>();
    for (int size = 0; size < MAX_SIZE && found.hasNext(); ) {
      var row = found.next();
      rows.add(row);
      size += String.valueOf(row.get("error")).length();
    }
    Map<String, Object> page = new LinkedHashMap<>(Map.of("entries", rows));
    if (rows.size() == limit || found.hasNext()) {
      Map<String, Object> last = rows.get(rows.size() - 1);
      page.put("next", last.get("time") + "-" + last.get("id"));
    }
    for (Map<String, Object> row : rows) {
      // A number in SQLite, a boolean in PostgreSQL.
      row.put("connected", row.get("connected").toString().matches("1|true"));
      row.put("time", Instant.ofEpochMilli(((Number) row.get("time")).longValue()).toString());
    }
    return page;
  }
}
