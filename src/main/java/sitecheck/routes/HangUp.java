package sitecheck.routes;

import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/** Closes the connection without an answer, as a process does that goes down. */
public final class HangUp {
  /**
   * Waits until the answer knows that it cannot be sent: the end of the route would still be one.
   */
  public static void close(Exchange exchange) {
    HttpServerRequest request = exchange.getMessage(HttpMessage.class).getRequest();
    CompletableFuture<Void> closed = new CompletableFuture<>();
    request.response().closeHandler(gone -> closed.complete(null));
    if (!request.response().closed()) { // by the client
      request.connection().close();
      closed.join();
    }
    exchange.setRouteStop(true);
  }
}
