package sitecheck.problem;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** The body of an error answer: application/problem+json (RFC 9457). */
public final class ProblemDetail {
  public static final String CONTENT_TYPE = "application/problem+json";

  /** The detail of a 500. */
  public static final String OUR_FAULT = "this is our fault";

  /** Creates a problem; the caller may add members. The detail must reveal nothing internal. */
  public static ObjectNode of(int status, String detail) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
        .put("status", status)
        .put("detail", detail);
  }

  /** Sets a route's answer to a problem. */
  public static void answer(Message message, int status, String detail) {
    answer(message, of(status, detail));
  }

  /** Sets a route's answer to a problem, and adds the trace id if there is one. */
  public static void answer(Message message, ObjectNode problem) {
    setStatus(message, problem.get("status").intValue());
    message.setHeader(Exchange.CONTENT_TYPE, CONTENT_TYPE);
    String traceId = message.getExchange().getProperty("trace_id", String.class);
    if (traceId != null) {
      problem.put("traceId", traceId);
    }
    message.setBody(problem.toString());
  }

  /** Sets the status of an answer, and for 503 a Retry-After of one second. */
  public static void setStatus(Message message, int status) {
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
    message.setHeader("Retry-After", status == 503 ? 1 : null);
  }
}
