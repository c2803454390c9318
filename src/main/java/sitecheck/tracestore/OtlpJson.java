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
 * <a href="https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding">OTLP in JSON</a>: the
 * JSON of protobuf, but with ids in hexadecimal digits instead of base64.
 */
final class OtlpJson {
  /** Finds ids in JSON without white space, but none inside a text, where quotes are escaped. */
  private static final Pattern ID =
      Pattern.compile("(\"(?:traceId|spanId|parentSpanId)\":\")([^\"]*)");

  private static final StreamReadConstraints LIMITS = // a token can take a hundred bytes of heap
      StreamReadConstraints.builder().maxTokenCount(1_000_000).build();

  private static final ObjectMapper MAPPER =
      new ObjectMapper(JsonFactory.builder().streamReadConstraints(LIMITS).build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private OtlpJson() {}

  /** Reads a request; throws an IOException for more than a million tokens or trailing content. */
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

  /** Converts an id to base64. A text that is no id gets a wrong size, so that it is refused. */
  private static String base64(String id) {
    return id.matches("([0-9a-fA-F]{2})*")
        ? Base64.getEncoder().encodeToString(HexFormat.of().parseHex(id))
        : "none";
  }
}
