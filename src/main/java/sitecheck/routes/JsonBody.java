package sitecheck.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DatabindException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import sitecheck.problem.ProblemException;

/** Reads the body of a request strictly, as a JSON object. */
public final class JsonBody {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final Pattern TYPE = Pattern.compile("(?i)application/json *(;.*)?");

  /** The parts of the parser's messages that are about the parser, not about the body. */
  private static final Pattern INSIDE =
      Pattern.compile("[:,] (enable|from) `.*?`( to allow)?| \\((start|not) .*");

  /** Throws a problem 415 for wrong headers (Content-Type may be absent), else 400. */
  public static Map<?, ?> read(Exchange exchange) {
    var headers = exchange.getMessage(HttpMessage.class).getRequest().headers();
    String type = headers.get("Content-Type");
    if (type != null && !TYPE.matcher(type).matches()) {
      throw new ProblemException(415, "the body must be JSON, with Content-Type: application/json");
    }
    if (headers.contains("Content-Encoding")) {
      throw new ProblemException(415, "the body must have no Content-Encoding");
    }
    byte[] body = exchange.getMessage().getBody(byte[].class); // null if there is none
    try {
      if (body != null
          && JSON.readValue(strictly(body), Object.class) instanceof Map<?, ?> fields) {
        return fields;
      }
    } catch (DatabindException e) {
      // the body is empty, or more follows the first value
    } catch (JsonProcessingException e) {
      var at = e.getLocation(); // null if a limit is exceeded
      String place =
          at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
      String reason = INSIDE.matcher(e.getOriginalMessage()).replaceAll("");
      throw new ProblemException("the body is not JSON%s: %s".formatted(place, reason));
    } catch (CharacterCodingException e) {
      throw new ProblemException("the body is not UTF-8");
    }
    throw new ProblemException("the body must be a JSON object");
  }

  /** Camel would turn different invalid bytes into the same character. */
  private static String strictly(byte[] text) throws CharacterCodingException {
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
  }
}
