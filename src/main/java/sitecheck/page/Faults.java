package sitecheck.page;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.json.Json;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.BeanInject;
import org.apache.camel.Body;
import org.apache.camel.CamelContext;
import sitecheck.problem.ProblemException;

/** Shows and sets the faults of {@code faults.services} through their {@code /fault}. */
public final class Faults {
  @BeanInject private CamelContext context;

  private String[] services() {
    return context.resolvePropertyPlaceholders("{{faults.services}}").split("\\s*,\\s*");
  }

  private HttpRequest.Builder fault(String service) {
    return Answer.unsampled(context, "http://{{%1$s.host}}:{{%1$s.port}}/fault".formatted(service));
  }

  /** The fault of each service, without services that cannot have one or do not answer. */
  public Map<String, JsonNode> find() throws InterruptedException {
    Map<String, JsonNode> found = new LinkedHashMap<>();
    for (String service : services()) {
      try {
        Answer answer = Answer.of(service, fault(service));
        if (answer.status() == 200) {
          found.put(service, answer.json(service));
        }
      } catch (ProblemException e) {
        // it may be stopped, and the others can still be set
      }
    }
    return found;
  }

  /** Sets faults in the form that {@link #find} returns; throws a problem if a service refuses. */
  public Map<String, JsonNode> set(@Body Map<String, Object> wanted) throws InterruptedException {
    for (String service : services()) {
      if (wanted.containsKey(service)) {
        String fault = Json.encode(wanted.get(service));
        HttpRequest.Builder request = fault(service).header("Content-Type", "application/json");
        Answer answer = Answer.of(service, request.PUT(BodyPublishers.ofString(fault)));
        if (answer.status() != 200) {
          String reason = answer.json(service).path("detail").asText();
          throw new ProblemException(service + ": " + reason);
        }
      }
    }
    return find();
  }
}
