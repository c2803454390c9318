package sitecheck.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.apache.camel.Body;
import org.apache.camel.CamelContext;
import sitecheck.problem.ProblemException;

/** The faults that can be set in services, which keep them: their {@code /fault}. */
public final class Faults {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String[] services;

  /** Faults of these services: names, separated by commas. */
  public Faults(String services) {
    this.services = services.split("\\s*,\\s*");
  }

  private static HttpRequest.Builder fault(CamelContext context, String service) {
    String url = "http://{{%1$s.host}}:{{%1$s.port}}/fault".formatted(service);
    return Answer.unsampled(context.resolvePropertyPlaceholders(url));
  }

  /** The fault that is set in each service, as JSON; a service that can have none is left out. */
  public String find(CamelContext context) throws Exception {
    ObjectNode found = JSON.createObjectNode();
    for (String service : services) {
      Answer answer = Answer.of(service, fault(context, service));
      if (answer.status() == 200) {
        found.set(service, JSON.readTree(answer.body()));
      }
    }
    return found.toString();
  }

  /** Sets faults, given as {@link #find} gives them; one that a service refuses is a problem. */
  public String set(CamelContext context, @Body String wanted) throws Exception {
    JsonNode all = JSON.readTree(wanted == null ? "" : wanted);
    if (!all.isObject()) {
      throw new ProblemException("JSON is wanted, like {\"sites\":{\"delay\":300}}");
    }
    for (String service : services) {
      if (all.has(service)) {
        HttpRequest.Builder request =
            fault(context, service).header("Content-Type", "application/json");
        String fault = all.get(service).toString();
        Answer answer = Answer.of(service, request.PUT(BodyPublishers.ofString(fault)));
        if (answer.status() != 200) {
          String reason = JSON.readTree(answer.body()).path("detail").asText();
          throw new ProblemException(service + ": " + reason);
        }
      }
    }
    return find(context);
  }
}
