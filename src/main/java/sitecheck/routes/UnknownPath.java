package sitecheck.routes;

import java.util.List;
import java.util.TreeSet;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import sitecheck.problem.ProblemDetail;

/** Answers requests that no other route takes: 404, or 405 (to OPTIONS 204) with {@code Allow}. */
public final class UnknownPath {
  public static void answer(Message message, @Header(Exchange.HTTP_PATH) String path) {
    var methods = new TreeSet<String>();
    for (var route : message.getExchange().getContext().getRoutes()) {
      if (route.getEndpoint() instanceof PlatformHttpEndpoint endpoint && isAt(path, endpoint)) {
        methods.addAll(List.of(endpoint.getHttpMethodRestrict().split(",")));
      }
    }
    String allowed = String.join(", ", methods);
    message.setHeader("Allow", methods.isEmpty() ? null : allowed + ", OPTIONS");
    if (methods.isEmpty()) {
      ProblemDetail.answer(message, 404, "there is nothing at this path");
    } else if ("OPTIONS".equals(message.getHeader(Exchange.HTTP_METHOD))) {
      message.setHeader(Exchange.HTTP_RESPONSE_CODE, 204);
    } else {
      ProblemDetail.answer(message, 405, "this path takes " + allowed);
    }
  }

  /** Whether an endpoint takes a path. This route's own endpoint takes all, and does not count. */
  private static boolean isAt(String path, PlatformHttpEndpoint endpoint) {
    return endpoint.isMatchOnUriPrefix()
        ? endpoint.getPath().length() > 1 && path.startsWith(endpoint.getPath())
        : path.equals(endpoint.getPath()) || path.equals(endpoint.getPath() + "/"); // as for Vert.x
  }
}
