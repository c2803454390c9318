package sitecheck.service;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpConsumer;
import org.apache.camel.support.http.HttpUtil;
import sitecheck.problem.ProblemDetail;

/**
 * Runs a route for each request: on a worker, or on the event loop if the route never blocks.
 * Camel's own consumer needs a worker for each request and holds it until the answer is written.
 */
final class AsyncHttpConsumer extends VertxPlatformHttpConsumer {
  private final RequestLimit limit;

  AsyncHttpConsumer(
      PlatformHttpEndpoint endpoint, Processor route, RequestLimit limit, String router) {
    super(endpoint, route, List.of(limit::admit), router);
    this.limit = limit;
  }

  @Override
  protected void handleRequest(RoutingContext request) {
    if (!isStarted()) { // it was started when the request arrived
      RefusedRequests.close(request.request());
      RefusedRequests.turnAway(request.response(), "this service is about to stop");
    } else {
      Context eventLoop = request.vertx().getOrCreateContext();
      Exchange exchange = createExchange(false);
      exchange.setPattern(ExchangePattern.InOut);
      processHttpRequest(exchange, request);
      request.put(RefusedRequests.READABLE, true);
      // It is the charset of the request's body, not of our answer.
      exchange.removeProperty(ExchangePropertyKey.CHARSET_NAME);
      if (limit.neverBlocks(getEndpoint())) {
        process(exchange, request, eventLoop);
      } else {
        request.vertx().executeBlocking(() -> process(exchange, request, eventLoop), false);
      }
    }
  }

  private Void process(Exchange exchange, RoutingContext request, Context eventLoop) {
    try {
      createUoW(exchange);
      getAsyncProcessor().process(exchange, done -> complete(exchange, request, eventLoop));
    } catch (Throwable e) { // even an Error: the client waits for an answer
      fail(exchange, request, eventLoop, e);
    }
    return null;
  }

  private void complete(Exchange exchange, RoutingContext request, Context eventLoop) {
    try {
      describeFailure(exchange);
      byte[] body = body(exchange);
      eventLoop.runOnContext(written -> answer(exchange, body, request));
    } catch (Throwable e) { // the route may have continued on a thread that swallows it
      fail(exchange, request, eventLoop, e);
    }
  }

  private void fail(
      Exchange exchange, RoutingContext request, Context eventLoop, Throwable failure) {
    eventLoop.runOnContext(
        failed -> {
          request.fail(failure);
          doneUoW(exchange);
          releaseExchange(exchange, false);
        });
  }

  /** Answers an exception that no route has handled; a stop also ends exchanges with one. */
  private static void describeFailure(Exchange exchange) {
    var answer = exchange.getMessage();
    if (exchange.getException() != null && exchange.getContext().isStarted()) {
      ProblemDetail.answer(answer, 500, ProblemDetail.OUR_FAULT);
    } else if (exchange.getException() != null) {
      ProblemDetail.answer(answer, 503, "this service has stopped before the answer");
    }
  }

  private static byte[] body(Exchange exchange) throws InvalidPayloadException {
    var answer = exchange.getMessage();
    // For null Camel would convert the message.
    return answer.getBody() == null ? null : answer.getMandatoryBody(byte[].class);
  }

  /** Writes the answer in one piece, with its length. Camel would send a text in chunks. */
  private void answer(Exchange exchange, byte[] body, RoutingContext request) {
    var response = request.response();
    try {
      var filter = getEndpoint().getHeaderFilterStrategy();
      response.setStatusCode(HttpUtil.determineResponseCode(exchange, body));
      for (Map.Entry<String, Object> header : exchange.getMessage().getHeaders().entrySet()) {
        if (!filter.applyFilterToCamelHeaders(header.getKey(), header.getValue(), exchange)) {
          response.putHeader(header.getKey(), header.getValue().toString());
        }
      }
      if (!getEndpoint().getCamelContext().isStarted()) {
        RefusedRequests.close(request.request());
      }
      if (body == null) {
        response.end();
      } else {
        response.putHeader("Content-Length", String.valueOf(body.length));
        response.end(Buffer.buffer(body));
      }
    } catch (RuntimeException e) {
      request.fail(e);
    } finally {
      doneUoW(exchange);
      releaseExchange(exchange, false);
    }
  }
}
