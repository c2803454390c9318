package sitecheck.tracestore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.EOFException;
import java.io.IOException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import sitecheck.problem.ProblemException;

/**
 * OTLP in protobuf, where two bytes can become an object of a hundred, and in <a
 * href="https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding">JSON</a>: the JSON of
 * protobuf, but with ids in hexadecimal digits instead of base64.
 */
final class Otlp {
  private static final int MAX_PARTS = 1_000_000;
  private static final int MAX_DEPTH = 100; // like protobuf's own parser

  private static final Parser<ExportTraceServiceRequest> PARSER =
      DiscardUnknownFieldsParser.wrap(ExportTraceServiceRequest.parser());

  /** Finds ids in JSON without white space, but none inside a text, where quotes are escaped. */
  private static final Pattern ID =
      Pattern.compile("(\"(?:traceId|spanId|parentSpanId)\":\")([^\"]*)");

  private static final StreamReadConstraints LIMITS = // a token can take a hundred bytes of heap
      StreamReadConstraints.builder().maxTokenCount(MAX_PARTS).build();

  private static final ObjectMapper MAPPER =
      new ObjectMapper(JsonFactory.builder().streamReadConstraints(LIMITS).build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Reads a request; throws an IOException for more than a million tokens or trailing content. */
  static ExportTraceServiceRequest readJson(byte[] json) throws IOException {
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    if (json.length == 0) {
      throw new EOFException();
    }
    String compact = MAPPER.readTree(json).toString();
    JsonFormat.parser().ignoringUnknownFields().merge(replaceIds(compact, Otlp::base64), request);
    return request.build();
  }

  static String writeJson(MessageOrBuilder message) throws IOException {
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

  /** Reads a request in protobuf; throws a problem 413 for more than a million parts. */
  static ExportTraceServiceRequest read(byte[] packed) throws IOException {
    if (parts(CodedInputStream.newInstance(packed)) > MAX_PARTS) {
      throw new ProblemException(
          413, "The body has more than " + MAX_PARTS + " parts: spans, attributes, values, events");
    }
    return PARSER.parseFrom(packed);
  }

  /** About how many objects the decoded request would have; counted without decoding it. */
  static int parts(CodedInputStream packed) throws IOException {
    return parts(packed, ExportTraceServiceRequest.getDescriptor(), 0);
  }

  private static int parts(CodedInputStream packed, Descriptor type, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new InvalidProtocolBufferException("it is nested too deep");
    }
    int parts = 1;
    for (int tag = packed.readTag(); tag != 0; tag = packed.readTag()) {
      var field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      boolean sized = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
      if (sized && field != null && field.getJavaType() == JavaType.MESSAGE) {
        int outer = packed.pushLimit(packed.readUInt32());
        parts += parts(packed, field.getMessageType(), depth + 1);
        packed.popLimit(outer);
      } else {
        parts += field != null && field.isRepeated() ? 1 : 0;
        packed.skipField(tag);
      }
    }
    return parts;
  }
}
