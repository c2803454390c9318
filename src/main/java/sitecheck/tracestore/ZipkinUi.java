package sitecheck.tracestore;

import static io.vertx.core.http.HttpHeaders.ALLOW;
import static io.vertx.core.http.HttpHeaders.CACHE_CONTROL;
import static io.vertx.core.http.HttpHeaders.CONTENT_TYPE;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import zipkin2.storage.InMemoryStorage;

/** Zipkin's web UI, Lens, below {@code /zipkin/}, and the query APIs. */
final class ZipkinUi {
  private static final String FILES = "zipkin-lens";

  /** The pages that Lens draws by itself once its index is loaded. */
  private static final List<String> PAGES =
      List.of(
          "/zipkin/",
          "/zipkin/index.html",
          "/zipkin/traces/:traceId",
          "/zipkin/dependency",
          "/zipkin/traceViewer");

  /** Lens styles its elements in place; all else comes from here, and asks nothing elsewhere. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; worker-src blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

  private static final JsonObject CONFIG =
      new JsonObject()
          .put("environment", "")
          .put("queryLimit", 10)
          .put("defaultLookback", TimeUnit.MINUTES.toMillis(15))
          .put("searchEnabled", true)
          .put(
              "dependency",
              new JsonObject()
                  .put("enabled", true)
                  .put("lowErrorRate", 0.5)
                  .put("highErrorRate", 0.75));

  private final ZipkinApi api;
  private final OtlpApi otlp;

  ZipkinUi(InMemoryStorage storage, OtlpTraces traces) {
    this.api = new ZipkinApi(storage);
    this.otlp = new OtlpApi(traces);
  }

  Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    router.route().handler(ZipkinUi::readOnly);
    Router queries = api.router(vertx);
    router.route("/api/v2/*").subRouter(queries);
    router.route("/zipkin/api/v2/*").subRouter(queries);
    router.route("/api/v3/*").subRouter(otlp.router(vertx));
    router.route("/zipkin/config.json").handler(context -> context.json(CONFIG));
    router.route("/").handler(context -> context.redirect("/zipkin/"));
    PAGES.forEach(page -> router.route(page).handler(ZipkinUi::index));
    // The names of its scripts and styles change with their content.
    router
        .route("/zipkin/*")
        .handler(StaticHandler.create(FILES).setMaxAgeSeconds(TimeUnit.DAYS.toSeconds(365)));
    return router;
  }

  private static void readOnly(RoutingContext context) {
    context.response().putHeader("X-Content-Type-Options", "nosniff");
    HttpMethod method = context.request().method();
    if (method == HttpMethod.GET || method == HttpMethod.HEAD) {
      context.next();
    } else {
      context.response().setStatusCode(405).putHeader(ALLOW, "GET, HEAD").end();
    }
  }

  private static void index(RoutingContext context) {
    context
        .response()
        .putHeader(CONTENT_TYPE, "text/html; charset=utf-8")
        .putHeader(CACHE_CONTROL, "max-age=60")
        .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .sendFile(FILES + "/index.html");
  }
}
