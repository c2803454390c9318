package sitecheck.tracestore;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.trace.v1.Status;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.zip.GZIPInputStream;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import sitecheck.problem.ProblemDetail;
import sitecheck.problem.ProblemException;

/**
 * Receives traces as a server of <a
 * href="https://opentelemetry.io/docs/specs/otlp/#otlphttp">OTLP/HTTP</a> 1.x. It reads the body
 * itself, since OTLP has its own answer if a body is too large.
 */
public record OtlpReceiver(TraceStore store, int maxBytes, Semaphore room) {
  /** Limits a body, as sent and decompressed, and all concurrent bodies to twice as much. */
  public OtlpReceiver(TraceStore store, int maxBytes) {
    this(store, maxBytes, new Semaphore(Math.multiplyExact(2, maxBytes))); // room, in bytes
  }

  /** Stores the spans of a request; answers, and refuses, in the encoding of the request. */
  public void receive(Exchange exchange) throws IOException {
    HttpServerRequest request = exchange.getMessage(HttpMessage.class).getRequest();
    var answer = exchange.getMessage();
    String encoding = header(request, "Content-Type").split(";", 2)[0].strip();
    boolean json = encoding.equals("application/json");
    if (!json && !encoding.equals("application/x-protobuf")) {
      request.resume(); // drops the body
      throw new ProblemException(
          415, "Content-Type must be application/x-protobuf or application/json");
    }
    com.google.protobuf.Message content;
    Buffer body = Buffer.buffer();
    try {
      read(request, body);
      synchronized (store) {
        content = success(store.keep(decode(body, header(request, "Content-Encoding"), json)));
      }
    } catch (ProblemException e) {
      ProblemDetail.setStatus(answer, e.status());
      // In lower case: Camel drops Accept-Encoding as a header of requests.
      answer.setHeader("accept-encoding", "gzip");
      // Encoded like the google.rpc.Status that OTLP asks for, with nothing but a message.
      content = Status.newBuilder().setMessage(e.getMessage()).build();
    } finally {
      room.release(body.length());
    }
    answer.setHeader(Exchange.CONTENT_TYPE, encoding);
    answer.setBody(json ? Otlp.writeJson(content).getBytes(UTF_8) : content.toByteArray());
  }

  private static String header(HttpServerRequest request, String name) {
    return Objects.toString(request.getHeader(name), "").toLowerCase(Locale.ROOT);
  }

  /** Reads a body while there is room, and drops the rest, so that the client can send it. */
  private void read(HttpServerRequest request, Buffer body) {
    CompletableFuture<ProblemException> refusal = new CompletableFuture<>();
    ProblemException brokenOff = new ProblemException(400, "The body is incomplete");
    request
        .exceptionHandler(e -> refusal.complete(brokenOff))
        .endHandler(end -> refusal.complete(null))
        .handler(
            part -> {
              if (refusal.isDone()) {
                return;
              } else if (body.length() + part.length() > maxBytes) {
                refusal.complete(tooLarge());
              } else if (room.tryAcquire(part.length())) {
                body.appendBuffer(part);
              } else {
                refusal.complete(new ProblemException(503, "Too many bytes are sent at once"));
              }
            });
    // Vert.x tells the request first that it is closed, maybe before it has a handler.
    request.response().closeHandler(gone -> refusal.complete(brokenOff));
    if (request.response().closed()) {
      refusal.complete(brokenOff);
    } else if (header(request, "Expect").equals("100-continue")) {
      request.response().writeContinue();
    }
    request.resume();
    if (refusal.join() != null) {
      throw refusal.join();
    }
  }

  /** Decompresses no more than the limit, however small the body was when sent. */
  private ExportTraceServiceRequest decode(Buffer body, String compression, boolean json) {
    if (!compression.matches("|identity|gzip|x-gzip")) {
      throw new ProblemException(415, "Content-Encoding must be gzip or absent");
    }
    var sent = new ByteArrayInputStream(body.getBytes());
    try (var content = compression.endsWith("gzip") ? new GZIPInputStream(sent) : sent) {
      byte[] decompressed = content.readNBytes(maxBytes);
      if (content.read() != -1) {
        throw tooLarge();
      }
      return json ? Otlp.readJson(decompressed) : Otlp.read(decompressed);
    } catch (IOException e) {
      String reason = e instanceof EOFException ? "it ends too early" : e.getMessage();
      throw new ProblemException(400, "Not an ExportTraceServiceRequest: " + reason);
    }
  }

  private static ExportTraceServiceResponse success(int refused) {
    ExportTraceServiceResponse.Builder done = ExportTraceServiceResponse.newBuilder();
    if (refused > 0) {
      done.getPartialSuccessBuilder().setRejectedSpans(refused).setErrorMessage(TraceStore.REFUSED);
    }
    return done.build();
  }

  private ProblemException tooLarge() {
    return new ProblemException(
        413, "The body is larger than " + maxBytes + " bytes, as sent or decompressed");
  }
}
