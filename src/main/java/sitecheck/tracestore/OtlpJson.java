package sitecheck.tracestore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.EOFException;
import java.io.IOException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * <a href="https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding">OTLP as JSON</a>: that
 * of protobuf, but for ids, which protobuf has in base64 and OTLP in hexadecimal digits.
 */
final class OtlpJson {
  /** Finds ids in JSON without white space, and nothing inside a text: its quotes are escaped. */
  private static final Pattern ID =
      Pattern.compile("(\"(?:traceId|spanId|parentSpanId)\":\")([^\"]*)");

  private static final StreamReadConstraints LIMITS = // a token may become a hundred bytes
      StreamReadConstraints.builder().maxTokenCount(1_000_000).build();

  private static final ObjectMapper MAPPER =
      new ObjectMapper(JsonFactory.builder().streamReadConstraints(LIMITS).build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private OtlpJson() {}

  /** Reads a request; more than a million tokens, or anything behind it, is an IOException. */
  static ExportTraceServiceRequest read(byte[] json) throws IOException {
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    if (json.length == 0) {
      throw new EOFException();
    }
    String compact = MAPPER.readTree(json).toString();
    JsonFormat.parser()
        .ignoringUnknownFields()
        .merge(replaceIds(compact, OtlpJson::base64), request);
    return request.build();
  }

  static String write(MessageOrBuilder message) throws IOException {
    String json =
        JsonFormat.printer().omittingInsignificantWhitespace().printingEnumsAsInts().print(message);
    return replaceIds(json, id -> HexFormat.of().formatHex(Base64.getDecoder().decode(id)));
  }

  private static String replaceIds(String json, UnaryOperator<String> replacement) {
    return ID.matcher(json).replaceAll(id -> id.group(1) + replacement.apply(id.group(2)));
  }

  /** An id in base64, and a text that is no id as one of a wrong size, so that it is refused. */
  private static String base64(String id) {
    return id.matches("([0-9a-fA-F]{2})*")
        ? Base64.getEncoder().encodeToString(HexFormat.of().parseHex(id))
        : "none";
  }
}
