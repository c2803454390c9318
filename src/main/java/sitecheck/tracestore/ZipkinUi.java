package sitecheck.tracestore;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import sitecheck.problem.ProblemException;

/** Zipkin's web UI, Lens, below {@code /zipkin/}. */
public final class ZipkinUi {
  /** The pages that Lens renders in the browser, from its index. */
  private static final String PAGE = "/zipkin/(traces/[^/]+|dependency|traceViewer)?";

  /** A folder's name has no dot, so that no path leaves the folder of the UI. */
  private static final Pattern FILE = Pattern.compile("/zipkin((?:/[\\w-]+)*/[\\w.-]+\\.(\\w+))");

  private static final Map<String, String> TYPES =
      Map.of(
          "css", "text/css;charset=UTF-8",
          "html", "text/html; charset=utf-8",
          "ico", "image/x-icon",
          "js", "text/javascript;charset=UTF-8",
          "json", "application/json",
          "png", "image/png");

  /** Reads the file at the path of a request, or throws a problem 404. */
  public byte[] read(@Header(Exchange.HTTP_PATH) String path, Message answer) throws IOException {
    if (path.equals("/") || path.equals("/zipkin")) {
      answer.setHeader(Exchange.HTTP_RESPONSE_CODE, 302);
      answer.setHeader("Location", "/zipkin/");
      return new byte[0];
    }
    Matcher file = FILE.matcher(path.matches(PAGE) ? "/zipkin/index.html" : path);
    String type = file.matches() ? TYPES.get(file.group(2)) : null;
    try (InputStream content =
        type == null ? null : getClass().getResourceAsStream("/zipkin-lens" + file.group(1))) {
      if (content == null) {
        throw new ProblemException(404, "there is nothing at this path");
      }
      boolean stays = !type.matches(".*(html|json).*"); // the name changes with the content
      answer.setHeader("Cache-Control", stays ? "max-age=31536000, immutable" : "max-age=60");
      answer.setHeader(Exchange.CONTENT_TYPE, type);
      return content.readAllBytes();
    }
  }
}
