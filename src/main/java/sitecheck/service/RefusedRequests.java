package sitecheck.service;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sitecheck.problem.ProblemDetail;

/** Answers requests that never reach a route with a problem. They have no span and no trace. */
final class RefusedRequests {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedRequests.class);

  private static final Map<Integer, String> DETAILS =
      Map.of(
          200, "the client is gone", // without this handler Vert.x logs an error
          400, "the path, the query, the form or the Host header cannot be read",
          404, "there is nothing at this path",
          413, "the body is too large",
          417, "only 100-continue can be expected");

  /** Marks a request that was understood: later failures are our fault. */
  static final String READABLE = "readable";

  /** Wraps a router: a service that is starting or stopping turns all requests away. */
  static Handler<HttpServerRequest> before(
      Router router, CamelContext context, boolean management) {
    DETAILS.forEach(
        (status, text) -> router.errorHandler(status, it -> answer(it.response(), status, text)));
    router.errorHandler(405, RefusedRequests::toMethod);
    router.errorHandler(500, RefusedRequests::toFailure);
    if (management) {
      // Reads the whole request first: its end may turn out to be invalid.
      router
          .route()
          .order(-1)
          .handler(BodyHandler.create(false).setBodyLimit(1024))
          .handler(RefusedRequests::toReadable);
    }
    return request -> {
      int hosts = request.headers().getAll("Host").size();
      if (!management && !context.isStarted()) {
        close(request);
        turnAway(request.response(), "this service is starting or stopping");
      } else if (hosts > 1 || hosts == 0 && request.version() != HttpVersion.HTTP_1_0) {
        close(request);
        answer(request.response(), 400, "there must be one Host");
      } else {
        if (management) {
          // They have one content type: send it in any case (RFC 9110, section 12.5.1).
          request.headers().remove("Accept");
        }
        router.handle(request);
      }
    };
  }

  /** Answers what is not a valid HTTP request. Nothing after it is read. */
  static void toInvalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      answer(request.response(), 414, "the request line is too long");
    } else if (cause instanceof TooLongHttpHeaderException) {
      answer(request.response(), 431, "the headers are too large");
    } else {
      answer(request.response(), 400, "this is not an HTTP/1.1 request");
    }
  }

  /** A request that fails before a handler gets it has an unreadable query, type or form. */
  private static void toFailure(RoutingContext request) {
    if (request.get(READABLE) == null) {
      answer(request.response(), 400, "the query, the Content-Type or the form cannot be read");
    } else {
      LOG.error("Answered with status 500", request.failure());
      answer(request.response(), 500, ProblemDetail.OUR_FAULT);
    }
  }

  private static void toReadable(RoutingContext request) {
    request.queryParams(); // throws if they cannot be decoded
    request.put(READABLE, true).next();
  }

  /** Health and metrics take GET only. A service's own paths never get here. */
  private static void toMethod(RoutingContext request) {
    HttpMethod method = request.request().method();
    request.response().putHeader("Allow", "GET, HEAD, OPTIONS");
    if (method == HttpMethod.HEAD) {
      request.reroute(HttpMethod.GET, request.request().path()); // Vert.x omits the body
    } else if (method == HttpMethod.OPTIONS) {
      request.response().setStatusCode(204).end();
    } else {
      answer(request.response(), 405, "this path takes only GET");
    }
  }

  /** Closes the connection after an answer. */
  static void close(HttpServerRequest request) {
    request.response().putHeader("Connection", "close");
    request.response().bodyEndHandler(sent -> request.connection().close());
  }

  /** Answers with 503; the client may try again in a second. */
  static void turnAway(HttpServerResponse answer, String detail) {
    answer(answer.putHeader("Retry-After", "1"), 503, detail);
  }

  private static void answer(HttpServerResponse answer, int status, String detail) {
    if (answer.headWritten()) {
      return; // the request turned out to be invalid after its answer
    }
    answer
        .setStatusCode(status)
        .putHeader("Content-Type", ProblemDetail.CONTENT_TYPE)
        .end(ProblemDetail.of(status, detail).toString());
  }
}
