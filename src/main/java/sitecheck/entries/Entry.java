package sitecheck.entries;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import sitecheck.problem.ProblemException;

/** An entry of the log, as a checker sends it: JSON that is read strictly. */
public final class Entry {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Entry() {}

  /**
   * Makes a row of the table.
   *
   * @param traceId of the request that the entry came with, 32 hex digits; null when it had none
   * @param spanId of that request, 16 hex digits
   * @throws JsonProcessingException when the body is not JSON
   * @throws ProblemException when a field is missing, unknown, or not what it must be
   */
  public static Map<String, Object> row(
      @Body String body,
      @ExchangeProperty("trace_id") String traceId,
      @ExchangeProperty("span_id") String spanId)
      throws JsonProcessingException {
    JsonNode json = JSON.readTree(body == null ? "" : body);
    require(json.isObject(), "the body must be a JSON object");
    ObjectNode entry = (ObjectNode) json;
    Map<String, Object> row = new HashMap<>();
    row.put("trace_id", traceId);
    row.put("span_id", spanId);
    for (String name : new String[] {"id", "service", "site"}) {
      row.put(name, take(entry, name, Entry::isName, "text of 1 to 200 characters").asText());
    }
    row.put(
        "connected", take(entry, "connected", JsonNode::isBoolean, "true or false").asBoolean());
    row.put(
        "latency",
        take(entry, "latency", value -> isWhole(value, 0), "whole milliseconds").asLong());
    JsonNode status = take(entry, "status", Entry::isStatus, "a status of HTTP, 100 to 999");
    JsonNode error = take(entry, "error", Entry::isError, "text");
    require(status.isNull() != error.isNull(), "there must be either status or error");
    row.put("status", status.isNull() ? null : status.asInt());
    row.put("error", error.textValue());
    row.put("time", time("time", take(entry, "time", value -> true, "").asText()));
    entry.fieldNames().forEachRemaining(name -> require(false, "unknown field " + name));
    return row;
  }

  /** Removes a field; a null stands for one that is missing. */
  private static JsonNode take(
      ObjectNode entry, String name, Predicate<JsonNode> holds, String meaning) {
    JsonNode value = Objects.requireNonNullElse(entry.remove(name), NullNode.instance);
    require(holds.test(value), name + " must be " + meaning);
    return value;
  }

  static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new ProblemException(otherwise);
    }
  }

  /** PostgreSQL has no text with a NUL in it. */
  private static boolean isName(JsonNode value) {
    return value.isTextual() && value.asText().matches("(?s)[^\0]{1,200}");
  }

  private static boolean isError(JsonNode value) {
    return value.isNull() || value.isTextual() && value.asText().indexOf('\0') < 0;
  }

  private static boolean isStatus(JsonNode value) {
    return value.isNull() || isWhole(value, 100) && value.asLong() <= 999;
  }

  private static boolean isWhole(JsonNode value, long least) {
    return value.canConvertToExactIntegral() && value.canConvertToLong() && value.asLong() >= least;
  }

  /** A time in milliseconds since 1970. */
  static long time(String name, String text) {
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw new ProblemException(name + " must be a time like 2026-01-31T12:00:00Z");
    }
  }
}
