package sitecheck.tracestore;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.IOException;
import sitecheck.problem.ProblemException;

/** OTLP in protobuf, where two bytes can become an object of a hundred. */
final class OtlpProtobuf {
  private static final int MAX_PARTS = 1_000_000;
  private static final int MAX_DEPTH = 100; // like protobuf's own parser

  private static final Parser<ExportTraceServiceRequest> PARSER =
      DiscardUnknownFieldsParser.wrap(ExportTraceServiceRequest.parser());

  private OtlpProtobuf() {}

  /** Reads a request; throws a problem 413 for more than a million parts. */
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
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
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
