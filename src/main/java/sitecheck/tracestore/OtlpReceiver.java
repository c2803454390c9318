package sitecheck.tracestore;

import static io.vertx.core.http.HttpHeaders.ACCEPT_ENCODING;
import static io.vertx.core.http.HttpHeaders.ALLOW;
import static io.vertx.core.http.HttpHeaders.CONTENT_ENCODING;
import static io.vertx.core.http.HttpHeaders.CONTENT_TYPE;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.trace.v1.Status;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zipkin2.Span;
import zipkin2.storage.InMemoryStorage;

/**
 * Takes traces as <a href="https://opentelemetry.io/docs/specs/otlp/#otlphttp">OTLP/HTTP</a> 1.x
 * asks of a server. Other signals are answered with 404.
 */
final class OtlpReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(OtlpReceiver.class);

  private final InMemoryStorage storage;
  private final OtlpTraces traces;
  private final int maxSpans;
  private final int maxBodyBytes;

  OtlpReceiver(InMemoryStorage storage, OtlpTraces traces, TraceStore.Settings settings) {
    this.storage = storage;
    this.traces = traces;
    this.maxSpans = settings.maxSpans();
    this.maxBodyBytes = settings.maxBodyBytes();
  }

  Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    router.route().failureHandler(this::refuse);
    router.post("/v1/traces").handler(OtlpReceiver::checkHeaders);
    router
        .post("/v1/traces")
        .handler(BodyHandler.create(false).setBodyLimit(maxBodyBytes))
        .handler(this::receive);
    router
        .route("/v1/traces")
        .handler(
            context -> {
              context.response().putHeader(ALLOW, "POST");
              context.fail(new HttpException(405, "Traces are sent with POST"));
            });
    router
        .route()
        .handler(context -> context.fail(new HttpException(404, "Only /v1/traces is served")));
    return router;
  }

  /** Before the body is read, so that what cannot be understood costs nothing. */
  private static void checkHeaders(RoutingContext context) {
    if (encoding(context) == null) {
      throw new HttpException(
          415, "Content-Type must be application/x-protobuf or application/json");
    }
    String compression = context.request().getHeader(CONTENT_ENCODING);
    if (compression != null && !compression.equalsIgnoreCase("gzip")) {
      context.response().putHeader(ACCEPT_ENCODING, "gzip");
      throw new HttpException(415, "Content-Encoding must be gzip or absent");
    }
    context.next();
  }

  private void receive(RoutingContext context) {
    OtlpEncoding encoding = encoding(context);
    boolean compressed = context.request().headers().contains(CONTENT_ENCODING);
    Buffer buffer = context.body().buffer(); // null when nothing was sent
    byte[] body = buffer == null ? new byte[0] : buffer.getBytes();
    // Off the event loop: decoding takes milliseconds, and the storage may be held by a query.
    context
        .vertx()
        .executeBlocking(() -> store(encoding, compressed ? decompress(body) : body), false)
        .onSuccess(response -> answer(context, encoding, response))
        .onFailure(context::fail);
  }

  private ExportTraceServiceResponse store(OtlpEncoding encoding, byte[] body) throws IOException {
    ExportTraceServiceRequest request;
    try {
      request = encoding.read(body);
    } catch (InvalidProtocolBufferException e) {
      throw new HttpException(400, "Not an ExportTraceServiceRequest: " + e.getMessage(), e);
    }
    ZipkinSpans received = ZipkinSpans.of(request, encoding::hex);
    List<Span> spans = received.spans();
    // The storage cannot take more at once than it may keep.
    for (int from = 0; from < spans.size(); from += maxSpans) {
      storage.accept(spans.subList(from, Math.min(spans.size(), from + maxSpans))).execute();
    }
    traces.keep(request, encoding::hex);
    ExportTraceServiceResponse.Builder response = ExportTraceServiceResponse.newBuilder();
    if (received.refused() > 0) {
      response
          .getPartialSuccessBuilder()
          .setRejectedSpans(received.refused())
          .setErrorMessage(ZipkinSpans.VALID_IDS);
    }
    return response.build();
  }

  /** Reads no more than the limit, whatever the body would unfold to. */
  private byte[] decompress(byte[] body) {
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(body))) {
      byte[] decompressed = gzip.readNBytes(maxBodyBytes);
      if (gzip.read() != -1) {
        throw new HttpException(413);
      }
      return decompressed;
    } catch (IOException e) {
      throw new HttpException(400, "Not gzip: " + e.getMessage(), e);
    }
  }

  private void refuse(RoutingContext context) {
    if (context.response().ended() || context.response().closed()) {
      return; // the sender has left, maybe in the middle of its body
    }
    int status = context.statusCode();
    String reason;
    if (status == 413) {
      reason = "The body is larger than " + maxBodyBytes + " bytes, as sent or decompressed";
    } else if (context.failure() instanceof HttpException refusal) {
      reason = refusal.getPayload();
    } else {
      LOG.error("A request to {} failed", context.normalizedPath(), context.failure());
      reason = "The spans could not be stored";
    }
    context.response().setStatusCode(status);
    OtlpEncoding encoding = encoding(context);
    if (encoding == null) {
      context.response().putHeader(CONTENT_TYPE, "text/plain; charset=utf-8").end(reason);
    } else {
      // On the wire the same as the google.rpc.Status that is due, when that has a message only.
      answer(context, encoding, Status.newBuilder().setMessage(reason).build());
    }
  }

  private static void answer(RoutingContext context, OtlpEncoding encoding, Message message) {
    context
        .response()
        .putHeader(CONTENT_TYPE, encoding.contentType())
        .end(Buffer.buffer(encoding.write(message)));
  }

  /** What the request's body is written in, null when it is none that OTLP knows. */
  private static OtlpEncoding encoding(RoutingContext context) {
    return OtlpEncoding.of(context.request().getHeader(CONTENT_TYPE)).orElse(null);
  }
}
