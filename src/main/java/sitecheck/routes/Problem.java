package sitecheck.routes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
import sitecheck.problem.ProblemDetail;

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
      set(message, ProblemDetail.of(400, failure.getMessage()));
    } else if (failure instanceof JsonProcessingException
        || failure instanceof NoTypeConversionAvailableException) {
      set(message, ProblemDetail.of(400, "the body cannot be read"));
    } else if (failure instanceof NestedRuntimeException) { // what Spring makes of all of JDBC's
      LOG.warn("Answered with status 503: {}", failure.getMessage());
      set(message, ProblemDetail.of(503, "the database does not take it now"));
    } else if (failure instanceof IOException) {
      set(message, ProblemDetail.of(statusOf(failure), "no answer from " + service));
    } else {
      LOG.error("Answered with status 500", failure);
      set(message, ProblemDetail.of(500, "this is our fault"));
    }
  }

  /**
   * Answers for what is not there: 204 to OPTIONS and 405 to other methods, with those that the
   * path does take, or else 404.
   */
  public static void unknown(Exchange exchange) {
    Message message = exchange.getMessage();
    String path = message.getHeader(Exchange.HTTP_PATH, String.class);
    String methods =
        exchange.getContext().getRoutes().stream()
            .map(Route::getEndpoint)
            .filter(PlatformHttpEndpoint.class::isInstance)
            .map(PlatformHttpEndpoint.class::cast)
            .filter(endpoint -> !endpoint.isMatchOnUriPrefix() && endpoint.getPath().equals(path))
            .flatMap(endpoint -> Stream.of(endpoint.getHttpMethodRestrict().split(",")))
            .sorted()
            .collect(Collectors.joining(", "));
    if (methods.isEmpty()) {
      set(message, ProblemDetail.of(404, "there is nothing at this path"));
      return;
    }
    message.setHeader("Allow", methods + ", OPTIONS");
    if ("OPTIONS".equals(message.getHeader(Exchange.HTTP_METHOD, String.class))) {
      message.setHeader(Exchange.HTTP_RESPONSE_CODE, 204);
    } else {
      set(message, ProblemDetail.of(405, "this path takes " + methods));
    }
  }

  /** 504 when somebody took too long, 502 when asking failed otherwise. */
  static int statusOf(Exception failure) {
    return ObjectHelper.getException(InterruptedIOException.class, failure) == null ? 502 : 504;
  }

  /** Makes it the answer, with the trace's id where there is one. */
  static void set(Message message, ObjectNode problem) {
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, problem.get("status").intValue());
    message.setHeader(Exchange.CONTENT_TYPE, ProblemDetail.CONTENT_TYPE);
    String traceId = message.getExchange().getProperty("trace_id", String.class);
    if (traceId != null) {
      problem.put("traceId", traceId);
    }
    message.setBody(problem.toString());
  }
}
