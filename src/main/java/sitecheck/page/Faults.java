package sitecheck.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.apache.camel.Body;
import org.apache.camel.CamelContext;

/** What is set wrong on purpose, kept by those who are to be wrong: their {@code /fault}. */
public final class Faults {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpCalls calls = new HttpCalls();
  private final String[] services;

  /**
   * @param services that can be wrong, by name, separated by commas
   */
  public Faults(String services) {
    this.services = services.split("\\s*,\\s*");
  }

  /** What is set in each, by its name; those that have nothing to set are left out. */
  public ObjectNode find(CamelContext context) throws IOException {
    ObjectNode found = JSON.createObjectNode();
    for (String service : services) {
      HttpResponse<String> answer = calls.get(url(context, service));
      if (answer.statusCode() == 200) {
        found.set(service, JSON.readTree(answer.body()));
      }
    }
    return found;
  }

  /**
   * Sets it in those that are named.
   *
   * @param wanted as {@link #find} gives it
   * @throws IllegalArgumentException with the reason, when one of them refuses
   */
  public ObjectNode set(CamelContext context, @Body String wanted) throws IOException {
    JsonNode all = JSON.readTree(wanted == null ? "" : wanted);
    if (!all.isObject()) {
      throw new IllegalArgumentException("JSON is wanted, like {\"sites\":{\"delay\":300}}");
    }
    for (String service : services) {
      if (all.has(service)) {
        HttpResponse<String> answer = calls.put(url(context, service), all.get(service).toString());
        if (answer.statusCode() != 200) {
          String reason = JSON.readTree(answer.body()).path("detail").asText();
          throw new IllegalArgumentException(service + ": " + reason);
        }
      }
    }
    return find(context);
  }

  private static String url(CamelContext context, String service) {
    return context.resolvePropertyPlaceholders(
        "http://{{%1$s.host}}:{{%1$s.port}}/fault".formatted(service));
  }
}
