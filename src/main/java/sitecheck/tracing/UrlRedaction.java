package sitecheck.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Redacts secrets in the attributes of URLs, and in the texts of exceptions. */
final class UrlRedaction {
  /** The parameters that the conventions name, then some more. */
  private static final Set<String> SECRET =
      Set.of(
          ("awsaccesskeyid signature sig x-goog-signature "
                  + "x-amz-signature x-amz-credential x-amz-security-token "
                  + "access_token api_key client_secret password refresh_token secret token")
              .split(" "));

  private static final Pattern URL = Pattern.compile("https?://[^\\s\"'<>]+");
  private static final Pattern PARAMETER = Pattern.compile("(?<=^|[?&])([^=?&]*+)=[^&]*");
  private static final Pattern CREDENTIALS = Pattern.compile("^(\\w+://)[^/?#]*@");

  /** Redacts user, password and the values of secret parameters in an absolute URL. */
  static String url(String url) {
    boolean plain = url.indexOf('@') < 0;
    String safe = plain ? url : CREDENTIALS.matcher(url).replaceFirst("$1REDACTED:REDACTED@");
    int query = safe.indexOf('?') + 1; // a path may contain an equals sign, too
    return query == 0 ? safe : safe.substring(0, query) + query(safe.substring(query));
  }

  /** Redacts the URLs in a text, which may be null. */
  static String text(String text) {
    return text == null
        ? null
        : URL.matcher(text).replaceAll(it -> Matcher.quoteReplacement(url(it.group())));
  }

  /** Redacts the values of secret parameters in a query, and keeps its encoding. */
  static String query(String query) {
    return query.indexOf('=') < 0
        ? query
        : PARAMETER
            .matcher(query)
            .replaceAll(parameter -> isSecret(parameter.group(1)) ? "$1=REDACTED" : "$0");
  }

  private static boolean isSecret(String name) {
    try {
      return SECRET.contains(URLDecoder.decode(name, UTF_8).toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) { // not a valid encoding
      return false;
    }
  }
}
