package sitecheck.routes;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/** Echoes the headers of a request, like https://httpbin.org/headers. */
public final class HeadersEcho {
  private static final Pattern WORD = Pattern.compile("(?<![a-z])[a-z]");

  /** {@code {"headers": {"Traceparent": "00-…", …}}}, including headers that no route gets. */
  public Map<String, Map<String, String>> show(Exchange exchange) {
    var headers = exchange.getMessage(HttpMessage.class).getRequest().headers();
    Map<String, String> shown = new TreeMap<>();
    for (String name : headers.names()) {
      String capitalized =
          WORD.matcher(name.toLowerCase(Locale.ROOT))
              .replaceAll(letter -> letter.group().toUpperCase(Locale.ROOT));
      shown.put(capitalized, String.join(",", headers.getAll(name)));
    }
    return Map.of("headers", shown);
  }
}
