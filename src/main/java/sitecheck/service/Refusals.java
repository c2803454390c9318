package sitecheck.service;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** Has the routers of Vert.x answer with problems what they refuse before any route of Camel's. */
final class Refusals {

  private static final Map<Integer, String> DETAILS =
      Map.of(
          200, "the client is gone", // which nobody reads, and without this is logged
          400, "the path or the Host header cannot be read",
          404, "there is nothing at this path",
          406, "there is none of the types that are accepted",
          413, "the body is too large",
          417, "only 100-continue can be expected");

  /** The largest body that is read at the port for health and metrics, where none is expected. */
  private static final int MANAGEMENT_BODY = 1024;

  /** What a request has that a route of Camel's has got: what fails then is our fault. */
  static final String IN_ROUTE = "inRoute";

  private Refusals() {}

  /**
   * For each server of a context that has started: the service's, and that for health and metrics.
   */
  static void bind(CamelContext context) {
    for (VertxPlatformHttpRouter routes :
        context.getRegistry().findByType(VertxPlatformHttpRouter.class)) {
      Router router = (Router) routes.getServer().getServer().requestHandler();
      DETAILS.forEach(
          (status, detail) ->
              router.errorHandler(
                  status, request -> GuardedVertx.problem(request.response(), status, detail)));
      router.errorHandler(405, Refusals::refuseMethod);
      router.errorHandler(500, Refusals::fail);
      if (VertxPlatformHttpRouter.SERVER_TYPE_MANAGEMENT.equals(routes.getServerType())) {
        // Or it answers before a request has ended, which may then turn out to be none.
        router.route().order(-1).handler(BodyHandler.create(false).setBodyLimit(MANAGEMENT_BODY));
      }
    }
  }

  /** Vert.x fails at a query that cannot be decoded, and at a form that its method has none for. */
  private static void fail(RoutingContext request) {
    boolean unreadable =
        request.failure() instanceof IllegalArgumentException
            || request.failure() instanceof IllegalStateException;
    if (unreadable && request.get(IN_ROUTE) == null) {
      GuardedVertx.problem(request.response(), 400, "the query or the form cannot be read");
    } else {
      GuardedVertx.problem(request.response(), 500, "this is our fault");
    }
  }

  /** Health and metrics are there for GET alone. A service's paths are known to its routes. */
  private static void refuseMethod(RoutingContext request) {
    HttpMethod method = request.request().method();
    if (method == HttpMethod.HEAD && request.data().put("HEAD", true) == null) {
      request.reroute(HttpMethod.GET, request.request().path()); // Vert.x leaves the body out
      return;
    }
    request.response().putHeader("Allow", "GET, HEAD, OPTIONS");
    if (method == HttpMethod.OPTIONS) {
      request.response().setStatusCode(204).end();
    } else {
      GuardedVertx.problem(request.response(), 405, "this path takes GET alone");
    }
  }
}
