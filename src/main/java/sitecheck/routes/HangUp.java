package sitecheck.routes;

import io.vertx.core.http.HttpServerRequest;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/** Closes the connection without an answer, as a process does that goes down. */
public final class HangUp {
  /** Waits until the connection is closed: the end of the route would still be an answer. */
  public static void close(Exchange exchange) {
    HttpServerRequest request = exchange.getMessage(HttpMessage.class).getRequest();
    request.connection().close().toCompletionStage().toCompletableFuture().join();
    exchange.setRouteStop(true);
  }
}
