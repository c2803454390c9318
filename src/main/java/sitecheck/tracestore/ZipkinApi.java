package sitecheck.tracestore;

import static io.vertx.core.http.HttpHeaders.CONTENT_TYPE;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.Json;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zipkin2.DependencyLink;
import zipkin2.Span;
import zipkin2.codec.DependencyLinkBytesEncoder;
import zipkin2.codec.SpanBytesEncoder;
import zipkin2.storage.InMemoryStorage;
import zipkin2.storage.QueryRequest;

/** What the UI reads of <a href="https://zipkin.io/zipkin-api/">Zipkin's API v2</a>. */
final class ZipkinApi {
  private static final Logger LOG = LoggerFactory.getLogger(ZipkinApi.class);
  private static final long DEFAULT_LOOKBACK = TimeUnit.DAYS.toMillis(1);

  private final InMemoryStorage storage;

  ZipkinApi(InMemoryStorage storage) {
    this.storage = storage;
  }

  Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    router.route().failureHandler(ZipkinApi::refuse);
    get(router, "/services", request -> names(storage.getServiceNames().execute()));
    get(
        router,
        "/spans",
        request -> names(storage.getSpanNames(required(request, "serviceName")).execute()));
    get(
        router,
        "/remoteServices",
        request ->
            names(storage.getRemoteServiceNames(required(request, "serviceName")).execute()));
    get(router, "/autocompleteKeys", request -> names(storage.getKeys().execute()));
    get(
        router,
        "/autocompleteValues",
        request -> names(storage.getValues(required(request, "key")).execute()));
    get(router, "/traces", this::search);
    get(router, "/trace/:traceId", this::trace);
    get(router, "/dependencies", this::dependencies);
    return router;
  }

  interface Query {
    /** The JSON that answers the request. */
    Buffer answer(HttpServerRequest request) throws IOException;
  }

  /** Off the event loop: a query holds the storage, for longer the more there is in it. */
  static void get(Router router, String path, Query query) {
    router
        .route(path)
        .handler(
            context ->
                context
                    .vertx()
                    .executeBlocking(() -> query.answer(context.request()), false)
                    .onSuccess(
                        json ->
                            context
                                .response()
                                .putHeader(CONTENT_TYPE, "application/json; charset=utf-8")
                                .end(json))
                    .onFailure(context::fail));
  }

  private Buffer search(HttpServerRequest request) throws IOException {
    return traces(
        storage
            .getTraces(
                QueryRequest.newBuilder()
                    .serviceName(request.getParam("serviceName"))
                    .remoteServiceName(request.getParam("remoteServiceName"))
                    .spanName(request.getParam("spanName"))
                    .parseAnnotationQuery(request.getParam("annotationQuery"))
                    .minDuration(number(request, "minDuration", null))
                    .maxDuration(number(request, "maxDuration", null))
                    .endTs(number(request, "endTs", System.currentTimeMillis()))
                    .lookback(number(request, "lookback", DEFAULT_LOOKBACK))
                    .limit(limit(request))
                    .build())
            .execute());
  }

  /** More than an int holds is as good as all of them. */
  private static int limit(HttpServerRequest request) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, number(request, "limit", 10L)));
  }

  private Buffer trace(HttpServerRequest request) throws IOException {
    String traceId = Span.normalizeTraceId(request.getParam("traceId"));
    List<Span> trace = storage.getTrace(traceId).execute();
    if (trace.isEmpty()) {
      throw new HttpException(404, traceId + " not found");
    }
    return json(trace);
  }

  private Buffer dependencies(HttpServerRequest request) throws IOException {
    Long endTs = number(request, "endTs", null);
    if (endTs == null) {
      throw new IllegalArgumentException("endTs is required");
    }
    List<DependencyLink> links =
        storage.getDependencies(endTs, number(request, "lookback", DEFAULT_LOOKBACK)).execute();
    return Buffer.buffer(DependencyLinkBytesEncoder.JSON_V1.encodeList(links));
  }

  private static Buffer names(List<String> names) {
    return Json.encodeToBuffer(names.stream().sorted().toList());
  }

  private static Buffer traces(List<List<Span>> traces) {
    Buffer json = Buffer.buffer("[");
    for (List<Span> trace : traces) {
      json.appendString(json.length() > 1 ? "," : "").appendBuffer(json(trace));
    }
    return json.appendString("]");
  }

  private static Buffer json(List<Span> trace) {
    return Buffer.buffer(SpanBytesEncoder.JSON_V2.encodeList(trace));
  }

  static String required(HttpServerRequest request, String name) {
    String value = request.getParam(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is required");
    }
    return value;
  }

  static Long number(HttpServerRequest request, String name, Long absent) {
    String value = request.getParam(name);
    try {
      return value == null || value.isEmpty() ? absent : Long.valueOf(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " must be a whole number, not " + value, e);
    }
  }

  static void refuse(RoutingContext context) {
    Throwable failure = context.failure();
    String reason;
    int status = context.statusCode();
    if (failure instanceof HttpException refusal) {
      reason = refusal.getPayload();
    } else if (failure instanceof IllegalArgumentException) {
      status = 400;
      reason = failure.getMessage();
    } else {
      LOG.error("A query of {} failed", context.normalizedPath(), failure);
      reason = "The query failed";
    }
    context
        .response()
        .setStatusCode(status)
        .putHeader(CONTENT_TYPE, "text/plain; charset=utf-8")
        .end(reason);
  }
}
