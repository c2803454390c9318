package sitecheck.routes;

import io.vertx.core.MultiMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/** The headers of a request, as https://httpbin.org/headers shows them. */
public final class RequestHeaders {

  private static final Pattern WORD = Pattern.compile("(?<![a-z])[a-z]");

  /**
   * {@code {"headers": {"Traceparent": "00-…", …}}}, as they came, whatever is let into a route.
   */
  public Map<String, Map<String, String>> show(Exchange exchange) {
    MultiMap headers = exchange.getMessage(HttpMessage.class).getRequest().headers();
    Map<String, String> shown = new TreeMap<>();
    for (String name : headers.names()) {
      shown.put(capitalized(name), String.join(",", headers.getAll(name)));
    }
    return Map.of("headers", shown);
  }

  private static String capitalized(String name) {
    return WORD.matcher(name.toLowerCase(Locale.ROOT))
        .replaceAll(letter -> letter.group().toUpperCase(Locale.ROOT));
  }
}
