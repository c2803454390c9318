package sitecheck.routes;

import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/** Closes the connection without an answer, like a process that crashes. */
public final class HangUp {
  /** Waits until the response is closed. Before that, the end of the route would still answer. */
  public static void close(Exchange exchange) {
    var request = exchange.getMessage(HttpMessage.class).getRequest();
    CompletableFuture<Void> closed = new CompletableFuture<>();
    request.response().closeHandler(gone -> closed.complete(null));
    if (!request.response().closed()) { // by the client
      request.connection().close();
      closed.join();
    }
    exchange.setRouteStop(true);
  }
}
