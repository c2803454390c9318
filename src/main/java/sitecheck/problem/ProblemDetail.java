package sitecheck.problem;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * The body of an answer that says what went wrong (<a
 * href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>), whoever gives it.
 */
public final class ProblemDetail {

  /** The media type. */
  public static final String CONTENT_TYPE = "application/problem+json";

  private ProblemDetail() {}

  /**
   * A problem that others may add members to.
   *
   * @param detail what was wrong with this request, and nothing of the inside
   */
  public static ObjectNode of(int status, String detail) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
        .put("status", status)
        .put("detail", detail);
  }
}
