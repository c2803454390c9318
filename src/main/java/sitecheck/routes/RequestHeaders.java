package sitecheck.routes;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.camel.Headers;

/** The headers of a request, as https://httpbin.org/headers shows them. */
public final class RequestHeaders {

  private static final Pattern WORD = Pattern.compile("(?<![a-z])[a-z]");

  /** {@code {"headers": {"Traceparent": "00-…", …}}}, without what Camel has added. */
  public Map<String, Map<String, String>> show(@Headers Map<String, Object> headers) {
    Map<String, String> shown = new TreeMap<>();
    headers.forEach(
        (name, value) -> {
          if (!name.startsWith("Camel")) {
            shown.put(capitalized(name), String.valueOf(value));
          }
        });
    return Map.of("headers", shown);
  }

  private static String capitalized(String name) {
    return WORD.matcher(name.toLowerCase(Locale.ROOT))
        .replaceAll(letter -> letter.group().toUpperCase(Locale.ROOT));
  }
}
