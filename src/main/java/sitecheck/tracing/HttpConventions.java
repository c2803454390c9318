package sitecheck.tracing;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.semconv.HttpAttributes;
import io.opentelemetry.semconv.ServerAttributes;
import java.util.Set;

/** <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">HTTP conventions</a>. */
final class HttpConventions {
  private static final Set<String> METHODS =
      Set.of("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE");

  /** The first word of a span's name. Unknown methods share one: a client can invent any number. */
  static String nameOf(String method) {
    return METHODS.contains(method) ? method : "HTTP";
  }

  /** The attributes of a request. A port that is not positive stands for the scheme's default. */
  static Attributes request(String method, String host, int port, boolean secure) {
    boolean known = METHODS.contains(method);
    String address = host.replace("[", "").replace("]", ""); // around an IPv6 address
    int standard = secure ? 443 : 80;
    return Attributes.builder()
        .put(HttpAttributes.HTTP_REQUEST_METHOD, known ? method : "_OTHER")
        .put(HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL, known ? null : method)
        .put(ServerAttributes.SERVER_ADDRESS, address)
        .put(ServerAttributes.SERVER_PORT, (long) (port > 0 ? port : standard))
        .build();
  }

  /** Adds the answer's status. Errors begin at 400 for a client span, at 500 for a server span. */
  static void answered(Span span, int status, int errorFrom) {
    span.setAttribute(HttpAttributes.HTTP_RESPONSE_STATUS_CODE, (long) status);
    if (status >= errorFrom) {
      span.setAttribute(ERROR_TYPE, String.valueOf(status)).setStatus(StatusCode.ERROR);
    }
  }
}
