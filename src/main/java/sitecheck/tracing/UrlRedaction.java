package sitecheck.tracing;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** URLs without what is secret in them. */
final class UrlRedaction {

  private static final String REDACTED = "REDACTED";

  /** Those that the conventions name, then others that carry secrets by their name. */
  private static final Set<String> SECRET =
      Set.of(
          ("awsaccesskeyid signature sig x-goog-signature "
                  + "x-amz-signature x-amz-credential x-amz-security-token "
                  + "access_token api_key api-key apikey auth authorization client_secret code "
                  + "credential credentials id_token jwt key pass passwd password pwd "
                  + "refresh_token secret session sessionid session_id token")
              .split(" "));

  private static final Pattern PARAMETER = Pattern.compile("(?<=^|&)([^=&]*)=([^&]*)");
  private static final Pattern CREDENTIALS = Pattern.compile("(?<=^\\w{1,10}://)[^/?#]*@");

  private UrlRedaction() {}

  /** A query, as it came, in which the values of secret parameters are left out. */
  static String query(String query) {
    return PARAMETER
        .matcher(query)
        .replaceAll(
            parameter -> {
              String name = parameter.group(1);
              boolean secret = SECRET.contains(decoded(name).toLowerCase(Locale.ROOT));
              return Matcher.quoteReplacement(secret ? name + "=" + REDACTED : parameter.group());
            });
  }

  /** An absolute URL, in which user, password and the values of secret parameters are left out. */
  static String url(String url) {
    String anonymous =
        url.indexOf('@') < 0 // as nearly always, and the expression looks at each character
            ? url
            : CREDENTIALS.matcher(url).replaceFirst(REDACTED + ":" + REDACTED + "@");
    int question = anonymous.indexOf('?');
    return question < 0
        ? anonymous
        : anonymous.substring(0, question + 1) + query(anonymous.substring(question + 1));
  }

  private static String decoded(String name) {
    try {
      return URLDecoder.decode(name, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return name;
    }
  }
}
