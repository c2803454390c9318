package sitecheck.tracestore;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.HttpException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Traces as OTLP, by the two queries of <a
 * href="https://www.jaegertracing.io/docs/2.20/architecture/apis/">Jaeger's API v3</a> that give
 * them.
 */
final class OtlpApi {
  private static final int LIMIT = 100;

  private final OtlpTraces traces;

  OtlpApi(OtlpTraces traces) {
    this.traces = traces;
  }

  Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    router.route().failureHandler(ZipkinApi::refuse);
    ZipkinApi.get(router, "/traces", this::search);
    ZipkinApi.get(router, "/traces/:traceId", this::trace);
    return router;
  }

  private Buffer trace(HttpServerRequest request) {
    String traceId = request.getParam("traceId");
    if (!traceId.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException(traceId + " is not a trace id, 32 lower-case hex digits");
    }
    return result(traces.find(traceId), traceId + " not found");
  }

  private Buffer search(HttpServerRequest request) {
    return result(
        traces.find(
            request.getParam("query.service_name"),
            nanos(request, "query.start_time_min"),
            nanos(request, "query.start_time_max"),
            limit(request)),
        "no traces found");
  }

  private static Buffer result(String data, String otherwise) {
    if (data.isEmpty()) {
      throw new HttpException(404, otherwise);
    }
    return Buffer.buffer("{\"result\":" + data + "}");
  }

  private static int limit(HttpServerRequest request) {
    long limit = ZipkinApi.number(request, "query.num_traces", (long) LIMIT);
    if (limit < 1) {
      throw new IllegalArgumentException("query.num_traces must be at least 1");
    }
    return (int) Math.min(limit, Integer.MAX_VALUE);
  }

  private static long nanos(HttpServerRequest request, String name) {
    try {
      Instant time = Instant.parse(ZipkinApi.required(request, name));
      return ChronoUnit.NANOS.between(Instant.EPOCH, time);
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(name + " must be a time like 2026-01-01T00:00:00Z", e);
    }
  }
}
