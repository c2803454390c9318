package sitecheck.tracestore;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The two encodings of OTLP/HTTP: binary protobuf, and JSON with hexadecimal ids. */
enum OtlpEncoding {
  PROTOBUF("application/x-protobuf") {
    @Override
    ExportTraceServiceRequest read(byte[] body) throws InvalidProtocolBufferException {
      return ExportTraceServiceRequest.parseFrom(body);
    }

    @Override
    byte[] write(Message message) {
      return message.toByteArray();
    }

    @Override
    String hex(ByteString id) {
      return HexFormat.of().formatHex(id.toByteArray());
    }
  },

  JSON("application/json") {
    @Override
    ExportTraceServiceRequest read(byte[] body) throws InvalidProtocolBufferException {
      ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
      JsonFormat.parser()
          .ignoringUnknownFields()
          .merge(new String(body, StandardCharsets.UTF_8), request);
      return request.build();
    }

    @Override
    byte[] write(Message message) {
      try {
        return JsonFormat.printer()
            .omittingInsignificantWhitespace()
            .print(message)
            .getBytes(StandardCharsets.UTF_8);
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(e); // only of messages that contain an Any
      }
    }

    /**
     * Protobuf's JSON has bytes in base64, OTLP's has ids in hex: the parser took the hex digits
     * for base64, and base64 gives them back.
     */
    @Override
    String hex(ByteString id) {
      return Base64.getEncoder().encodeToString(id.toByteArray()).toLowerCase(Locale.ROOT);
    }
  };

  private final String contentType;

  OtlpEncoding(String contentType) {
    this.contentType = contentType;
  }

  /** The encoding that a Content-Type header names, parameters aside. */
  static Optional<OtlpEncoding> of(String header) {
    String contentType = header == null ? "" : header.split(";", 2)[0].strip();
    return Stream.of(values())
        .filter(encoding -> encoding.contentType.equalsIgnoreCase(contentType))
        .findFirst();
  }

  String contentType() {
    return contentType;
  }

  abstract ExportTraceServiceRequest read(byte[] body) throws InvalidProtocolBufferException;

  abstract byte[] write(Message message);

  /** The id of a request that this encoding has read, in lower case; may be of any length. */
  abstract String hex(ByteString id);
}
