package sitecheck.tracestore;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import sitecheck.Http;
import sitecheck.Ports;
import sitecheck.SiteCheck;

/** The service {@code traces} and its client. */
public final class StoreClient implements AutoCloseable {
  static final String PROTOBUF = "application/x-protobuf";
  static final String JSON = "application/json";

  private final int port = Ports.free();
  private final SiteCheck service;

  /**
   * Starts the service on a free port.
   *
   * @param settings names and values, alternating
   */
  StoreClient(String... settings) {
    Map<String, String> given = new HashMap<>();
    given.put("traces.port", String.valueOf(port));
    given.put("traces.management.port", String.valueOf(Ports.free()));
    for (int i = 0; i < settings.length; i += 2) {
      given.put(settings[i], settings[i + 1]);
    }
    service = new SiteCheck(List.of("traces"), given, System.out);
    service.start();
  }

  /** The port of the service. */
  public int port() {
    return port;
  }

  @Override
  public void close() {
    service.close();
  }

  HttpResponse<byte[]> post(String contentType, byte[] body, String... headers) {
    return post(contentType, BodyPublishers.ofByteArray(body), headers);
  }

  HttpResponse<byte[]> post(String contentType, BodyPublisher body, String... headers) {
    HttpRequest.Builder request = to("/v1/traces").header("Content-Type", contentType).POST(body);
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port).resolve(path));
  }

  HttpResponse<byte[]> get(String path) {
    return send(to(path));
  }

  static HttpResponse<byte[]> send(HttpRequest.Builder request) {
    return Http.send(request, BodyHandlers.ofByteArray());
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  static byte[] resource(String name) {
    try (InputStream stream = StoreClient.class.getResourceAsStream("/tracestore/" + name)) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return compressed.toByteArray();
  }

  /** A request in protobuf, with a resource for each span; ids are hexadecimal. */
  static ExportTraceServiceRequest request(Span... spans) {
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    for (Span span : spans) {
      request.addResourceSpansBuilder().addScopeSpansBuilder().addSpans(span);
    }
    return request.build();
  }

  static Span span(String traceId, String id, String parentId) {
    return Span.newBuilder()
        .setTraceId(bytes(traceId))
        .setSpanId(bytes(id))
        .setParentSpanId(bytes(parentId))
        .setName("a span")
        .setStartTimeUnixNano(1)
        .build();
  }

  static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }
}
