package sitecheck.routes;

import io.vertx.core.http.HttpServerRequest;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/** Ends the connection in place of an answer, as a process does that goes down. */
public final class HangUp {

  /** Waits until the connection is closed, for what comes after would still be an answer. */
  public static void now(Exchange exchange) {
    HttpServerRequest request = exchange.getMessage(HttpMessage.class).getRequest();
    request.connection().close().toCompletionStage().toCompletableFuture().join();
    exchange.setRouteStop(true);
  }
}
