package sitecheck.requestlog;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;

/** An entry of the log: the JSON that comes and goes, and the row of the database. */
public final class Entry {

  /** Refuses what most parsers pass over in silence. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final int LONGEST_NAME = 200;

  /** What a field must be. */
  private record Field(boolean optional, Predicate<JsonNode> holds, String what) {

    Field(Predicate<JsonNode> holds, String what) {
      this(false, holds, what);
    }
  }

  private static final Field NAME =
      new Field(
          value -> isText(value) && !value.asText().isEmpty() && length(value) <= LONGEST_NAME,
          "text of 1 to " + LONGEST_NAME + " characters");

  private static final Map<String, Field> FIELDS = new LinkedHashMap<>();

  static {
    FIELDS.put("id", NAME);
    FIELDS.put("service", NAME);
    FIELDS.put("site", NAME);
    FIELDS.put("connected", new Field(JsonNode::isBoolean, "true or false"));
    FIELDS.put(
        "latency",
        new Field(
            value -> value.canConvertToLong() && value.isIntegralNumber() && value.asLong() >= 0,
            "a whole number of milliseconds"));
    FIELDS.put("status", new Field(true, Entry::isStatus, "a status of HTTP"));
    FIELDS.put("error", new Field(true, Entry::isText, "text"));
    FIELDS.put("time", new Field(value -> time(value) >= 0, "a time like 2026-01-31T12:00:00Z"));
  }

  private Entry() {}

  /**
   * The row of an entry that came as JSON.
   *
   * @param traceId of the request that it came with, 32 hex digits; null when there was none
   * @param spanId of that request, 16 hex digits
   * @throws JsonProcessingException when the body is no JSON
   * @throws IllegalArgumentException when a field is missing, unknown, or not what it must be
   */
  public static Map<String, Object> row(
      @Body String body,
      @ExchangeProperty("trace_id") String traceId,
      @ExchangeProperty("span_id") String spanId)
      throws JsonProcessingException {
    JsonNode json = JSON.readTree(body == null ? "" : body);
    require(json.isObject(), "the body must be a JSON object");
    json.fieldNames()
        .forEachRemaining(name -> require(FIELDS.containsKey(name), "unknown field " + name));
    FIELDS.forEach((name, field) -> check(name, field, json.path(name)));
    require(json.has("status") != json.has("error"), "there must be either status or error");

    Map<String, Object> row = new HashMap<>();
    row.put("id", json.get("id").asText());
    row.put("trace_id", traceId);
    row.put("span_id", spanId);
    row.put("service", json.get("service").asText());
    row.put("site", json.get("site").asText());
    row.put("connected", json.get("connected").asBoolean());
    row.put("latency", json.get("latency").asLong());
    row.put("status", json.has("status") ? json.get("status").asInt() : null);
    row.put("error", json.path("error").textValue());
    row.put("time", time(json.get("time")));
    return row;
  }

  /** What is shown of a row: its columns by the names that they have in JSON. */
  static Map<String, Object> shown(Map<String, Object> row) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("id", row.get("id"));
    shown.put("traceId", row.get("trace_id"));
    shown.put("spanId", row.get("span_id"));
    shown.put("service", row.get("service"));
    shown.put("site", row.get("site"));
    // SQLite has numbers for it, PostgreSQL has booleans.
    shown.put("connected", row.get("connected").toString().matches("1|true"));
    shown.put("latency", row.get("latency"));
    shown.put("status", row.get("status"));
    shown.put("error", row.get("error"));
    shown.put("time", Instant.ofEpochMilli(((Number) row.get("time")).longValue()).toString());
    shown.values().removeIf(value -> value == null);
    return shown;
  }

  private static void check(String name, Field field, JsonNode value) {
    require(field.optional() || !value.isMissingNode(), name + " is missing");
    require(value.isMissingNode() || field.holds().test(value), name + " must be " + field.what());
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** PostgreSQL has no text with a NUL in it. */
  private static boolean isText(JsonNode value) {
    return value.isTextual() && value.asText().indexOf('\0') < 0;
  }

  private static boolean isStatus(JsonNode value) {
    return value.isInt() && value.asInt() >= 100 && value.asInt() < 600;
  }

  private static int length(JsonNode text) {
    return text.asText().length();
  }

  /** In milliseconds since 1970; -1 when it is no time, or an earlier one. */
  private static long time(JsonNode value) {
    try {
      return Instant.parse(value.asText()).toEpochMilli();
    } catch (DateTimeException | ArithmeticException wrong) {
      return -1;
    }
  }
}
