package sitecheck.routes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Message;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.Route;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.util.ObjectHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedRuntimeException;

/**
 * An answer that says what went wrong (<a href="https://www.rfc-editor.org/rfc/rfc9457">RFC
 * 9457</a>), and nothing of the inside.
 */
public final class Problem {

  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);

  /**
   * Answers with the problem that an exception stands for. What was not expected is logged.
   *
   * @param service who was asked when it happened, if anyone was
   */
  public static void answer(
      Message message,
      @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure,
      @ExchangeProperty("service") String service) {
    if (failure instanceof IllegalArgumentException) {
      set(message, of(400, failure.getMessage()));
    } else if (failure instanceof JsonProcessingException
        || failure instanceof NoTypeConversionAvailableException) {
      set(message, of(400, "the body cannot be read"));
    } else if (failure instanceof NestedRuntimeException) { // what Spring makes of all of JDBC's
      LOG.warn("Answered with status 503: {}", failure.getMessage());
      set(message, of(503, "the database does not take it now"));
    } else if (failure instanceof IOException) {
      set(message, of(statusOf(failure), "no answer from " + service));
    } else {
      LOG.error("Answered with status 500", failure);
      set(message, of(500, "this is our fault"));
    }
  }

  /** Answers for what is not there: 405 with the methods that the path does take, or else 404. */
  public static void unknown(Exchange exchange) {
    Message message = exchange.getMessage();
    String path = message.getHeader(Exchange.HTTP_PATH, String.class);
    String methods =
        exchange.getContext().getRoutes().stream()
            .map(Route::getEndpoint)
            .filter(PlatformHttpEndpoint.class::isInstance)
            .map(PlatformHttpEndpoint.class::cast)
            .filter(endpoint -> !endpoint.isMatchOnUriPrefix() && endpoint.getPath().equals(path))
            .map(PlatformHttpEndpoint::getHttpMethodRestrict)
            .sorted()
            .collect(Collectors.joining(", "));
    if (methods.isEmpty()) {
      set(message, of(404, "there is nothing at this path"));
    } else {
      message.setHeader("Allow", methods);
      set(message, of(405, "this path takes " + methods));
    }
  }

  /** 504 when somebody took too long, 502 when asking failed otherwise. */
  static int statusOf(Exception failure) {
    return ObjectHelper.getException(InterruptedIOException.class, failure) == null ? 502 : 504;
  }

  static ObjectNode of(int status, String detail) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
        .put("status", status)
        .put("detail", detail);
  }

  static void set(Message message, ObjectNode problem) {
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, problem.get("status").intValue());
    message.setHeader(Exchange.CONTENT_TYPE, "application/problem+json");
    message.setBody(problem.toString());
  }
}
