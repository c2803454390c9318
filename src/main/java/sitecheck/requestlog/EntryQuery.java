package sitecheck.requestlog;

import io.vertx.core.MultiMap;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Variable;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.apache.camel.component.sql.SqlConstants;

/** The entries that a request asks for by its parameters, newest first, a page at a time. */
public final class EntryQuery {

  private static final int MOST = 1000;

  /**
   * A parameter of the request.
   *
   * @param condition what it asks of a row, in SQL
   * @param read its value for the database; it throws when the text makes no sense
   */
  private record Parameter(String condition, Function<String, ?> read, String what) {}

  private static final Map<String, Parameter> PARAMETERS = new LinkedHashMap<>();

  static {
    PARAMETERS.put(
        "traceId",
        new Parameter("trace_id = :?traceId", matching("[0-9a-f]{32}"), "32 hex digits"));
    PARAMETERS.put("site", new Parameter("site = :?site", text -> text, "the name of a site"));
    PARAMETERS.put(
        "connected",
        new Parameter(
            "connected = :?connected",
            matching("true|false").andThen(text -> text.equals("true")),
            "true or false"));
    PARAMETERS.put(
        "since",
        new Parameter("time >= :?since", EntryQuery::time, "a time like 2026-01-31T12:00:00Z"));
    PARAMETERS.put(
        "cursor",
        new Parameter(
            "(time, id) < (:?cursorTime, :?cursorId)",
            matching("(?s)\\d{1,15}-.+"),
            "the \"next\" of another answer"));
    PARAMETERS.put("limit", new Parameter("true", EntryQuery::limit, "a number from 1 to " + MOST));
  }

  private EntryQuery() {}

  /**
   * Makes a query of the request's parameters: the body has their values by name, and no part of
   * the query has any of them.
   *
   * @throws IllegalArgumentException when a parameter is unknown, there twice, or makes no sense
   */
  public static void read(Exchange exchange) {
    MultiMap given = exchange.getMessage(HttpMessage.class).getRequest().params();
    Map<String, Object> values = new HashMap<>();
    List<String> conditions = new ArrayList<>();
    values.put("limit", 100);
    for (String name : given.names()) {
      Parameter parameter = PARAMETERS.get(name);
      if (parameter == null) {
        throw new IllegalArgumentException(
            "there is no parameter %s, but %s".formatted(name, names()));
      }
      if (given.getAll(name).size() > 1) {
        throw new IllegalArgumentException(name + " is there more than once");
      }
      values.put(name, value(name, parameter, given.get(name)));
      conditions.add(parameter.condition());
    }
    if (values.get("cursor") instanceof String cursor) {
      String[] parts = cursor.split("-", 2);
      values.put("cursorTime", Long.valueOf(parts[0]));
      values.put("cursorId", parts[1]);
    }
    Message message = exchange.getMessage();
    message.setBody(values);
    message.setHeader(
        SqlConstants.SQL_QUERY,
        "select * from entry"
            + (conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions))
            + " order by time desc, id desc limit :?limit");
    exchange.setVariable("limit", values.get("limit"));
  }

  /**
   * The answer of it.
   *
   * @param rows that were found
   * @param limit how many were asked for; when there are as many, there may be more
   * @return {@code {"entries": […], "next": "…"}}, where "next" is the cursor to go on with
   */
  public static Map<String, Object> page(
      @Body List<Map<String, Object>> rows, @Variable("limit") int limit) {
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("entries", rows.stream().map(Entry::shown).toList());
    if (rows.size() == limit) {
      Map<String, Object> last = rows.get(limit - 1);
      page.put("next", last.get("time") + "-" + last.get("id"));
    }
    return page;
  }

  private static Object value(String name, Parameter parameter, String text) {
    try {
      return parameter.read().apply(text);
    } catch (IllegalArgumentException | DateTimeException wrong) {
      throw new IllegalArgumentException(name + " must be " + parameter.what(), wrong);
    }
  }

  private static String names() {
    return String.join(", ", PARAMETERS.keySet());
  }

  private static Function<String, String> matching(String pattern) {
    return text -> {
      if (!text.matches(pattern)) {
        throw new IllegalArgumentException(text);
      }
      return text;
    };
  }

  private static Long time(String text) {
    return Instant.parse(text).toEpochMilli();
  }

  private static Integer limit(String text) {
    int limit = Integer.parseInt(text);
    if (limit < 1 || limit > MOST) {
      throw new IllegalArgumentException(text);
    }
    return limit;
  }
}
