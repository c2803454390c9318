package sitecheck.tracestore;

import static sitecheck.problem.ProblemException.require;

import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.util.MimeTypeHelper;

/** Zipkin's web UI, Lens, below {@code /zipkin/}. */
public final class ZipkinUi {
  /** The pages that Lens renders in the browser, from its index. */
  private static final String PAGE = "/zipkin/(traces/[^/]+|dependency|traceViewer)?";

  /** A folder's name has no dot, so that no path leaves the folder of the UI. */
  private static final String FILE = "/zipkin(/[\\w-]+)*/[\\w.-]+\\.\\w+";

  /** Reads the file at the path of a request, or throws a problem 404. */
  public byte[] read(@Header(Exchange.HTTP_PATH) String path, Message answer) throws IOException {
    if (path.equals("/") || path.equals("/zipkin")) {
      answer.setHeader(Exchange.HTTP_RESPONSE_CODE, 302);
      answer.setHeader("Location", "/zipkin/");
      return new byte[0];
    }
    String file = path.matches(PAGE) ? "/zipkin/index.html" : path;
    String type = file.matches(FILE) ? MimeTypeHelper.probeMimeType(file) : null;
    try (var content =
        type == null ? null : getClass().getResourceAsStream("/zipkin-lens" + file.substring(7))) {
      require(content != null, 404, "there is nothing at this path");
      boolean stays = !type.matches(".*(html|json)"); // the name changes with the content
      answer.setHeader("Cache-Control", stays ? "max-age=31536000, immutable" : "max-age=60");
      answer.setHeader(Exchange.CONTENT_TYPE, type.replaceFirst("^text/.*", "$0;charset=UTF-8"));
      return content.readAllBytes();
    }
  }
}
