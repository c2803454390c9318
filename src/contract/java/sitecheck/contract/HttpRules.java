package sitecheck.contract;

import io.opentelemetry.api.trace.StatusCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks HTTP spans against OpenTelemetry's conventions, which {@code http.csv} lists. */
public final class HttpRules {

  private final List<Rule> rules = new ArrayList<>();

  /**
   * Reads the rules of this package, then more from class path files in the same format. A later
   * rule replaces an earlier one for the same kind and attribute. This package has no rules for
   * resources and database spans.
   */
  public HttpRules(String... more) {
    read("/sitecheck/contract/http.csv");
    Arrays.asList(more).forEach(this::read);
  }

  /** A rule for an attribute of one kind of span. */
  private record Rule(String kind, String attribute, String type, String when, String value) {

    boolean replaces(Rule other) {
      return kind.equals(other.kind) && attribute.equals(other.attribute);
    }

    boolean covers(String name) {
      return attribute.endsWith("*")
          ? name.startsWith(attribute.substring(0, attribute.length() - 1))
          : attribute.equals(name);
    }

    boolean asked(CapturedSpan span, Map<String, Object> attributes) {
      if (when.contains(" is ")) {
        String[] condition = when.split(" is ");
        return condition[1].equals(attributes.get(condition[0]));
      }
      return switch (when) {
        case "always" -> true;
        case "never" -> false;
        case "may" -> attributes.containsKey(attribute);
        case "failed" -> span.failed();
        case "answered" -> attributes.containsKey("http.response.status_code");
        default -> attributes.containsKey(when);
      };
    }
  }

  /** Describes the violations of a span, one sentence each. */
  public List<String> violations(CapturedSpan span) {
    List<String> wrong = new ArrayList<>();
    if (span.attributes().containsKey("db.system.name")) {
      wrong.addAll(attributes(span, "DATABASE", span.attributes()));
    } else if (isHttp(span.attributes())) {
      if (!Set.of("SERVER", "CLIENT").contains(span.kind())) {
        wrong.add("the kind is " + span.kind());
      }
      wrong.addAll(attributes(span, span.kind(), span.attributes()));
      wrong.addAll(status(span));
      wrong.addAll(name(span));
    }
    wrong.addAll(attributes(span, "RESOURCE", span.resourceAttributes()));
    Object url = span.attributes().get("url.full"); // many calls have the same name
    String place = span.service() + " " + span.name() + (url == null ? "" : " " + url);
    return wrong.stream().map(what -> place + ": " + what).toList();
  }

  private static boolean isHttp(Map<String, Object> attributes) {
    return attributes.keySet().stream().anyMatch(name -> name.matches("http\\..*|url\\.full"))
        || String.valueOf(attributes.get("url.scheme")).contains("http");
  }

  private List<String> attributes(CapturedSpan span, String kind, Map<String, Object> attributes) {
    List<String> wrong = new ArrayList<>();
    List<Rule> ofKind = rules.stream().filter(rule -> rule.kind().equals(kind)).toList();
    for (Rule rule : ofKind) {
      Object value = attributes.get(rule.attribute());
      if (rule.asked(span, attributes) != (value != null)) {
        wrong.add("%s is %s, but asked for: %s".formatted(rule.attribute(), value, rule.when()));
      } else if (value != null
          && !(value.getClass().getSimpleName().equals(rule.type())
              && value.toString().matches(rule.value()))) {
        wrong.add("%s is %s".formatted(rule.attribute(), value));
      }
    }
    attributes.keySet().stream()
        .filter(name -> !ofKind.isEmpty())
        .filter(name -> ofKind.stream().noneMatch(rule -> rule.covers(name)))
        .forEach(name -> wrong.add(name + " is not of the stable conventions"));
    return wrong;
  }

  /** A client span fails from status 400 on, a server span from 500 on, both without a status. */
  private static List<String> status(CapturedSpan span) {
    List<String> wrong = new ArrayList<>();
    Map<String, Object> attributes = span.attributes();
    Long status = (Long) attributes.get("http.response.status_code");
    boolean badStatus = status != null && status >= (span.kind().equals("CLIENT") ? 400 : 500);
    boolean exception = span.events().stream().anyMatch(event -> event.name().equals("exception"));
    if ((badStatus || status == null) && !span.failed()) {
      wrong.add("not an error, with status " + status);
    }
    boolean unanswered = status == null && attributes.containsKey("error.type");
    if (span.failed() && !badStatus && !exception && !unanswered) {
      wrong.add("an error, with status " + status + " and no exception");
    }
    if (badStatus && !exception && !String.valueOf(status).equals(attributes.get("error.type"))) {
      wrong.add("error.type is " + attributes.get("error.type"));
    }
    if (badStatus && !exception && !span.data().getStatus().getDescription().isEmpty()) {
      wrong.add("a status needs no description: " + span.data().getStatus().getDescription());
    }
    if (span.data().getStatus().getStatusCode() == StatusCode.OK) {
      wrong.add("OK is for applications to say");
    }
    span.events().stream()
        .filter(event -> event.name().equals("exception"))
        .filter(
            event ->
                !event.attributes().containsKey("exception.type")
                    || !event.attributes().containsKey("exception.stacktrace"))
        .forEach(event -> wrong.add("an exception without type or stack trace"));
    return wrong;
  }

  private static List<String> name(CapturedSpan span) {
    Object method = span.attributes().get("http.request.method");
    Object route = span.attributes().get("http.route");
    String expected =
        ("_OTHER".equals(method) ? "HTTP" : method) + (route == null ? "" : " " + route);
    return expected.equals(span.name()) ? List.of() : List.of("the name should be " + expected);
  }

  private void read(String resource) {
    try (InputStream file = HttpRules.class.getResourceAsStream(resource)) {
      new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.startsWith("kind,"))
          .map(line -> line.split(",", 5))
          .map(column -> new Rule(column[0], column[1], column[2], column[3], column[4]))
          .forEach(
              rule -> {
                rules.removeIf(rule::replaces);
                rules.add(rule);
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
