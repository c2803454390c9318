package sitecheck.spans;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Holds the spans of HTTP against OpenTelemetry's conventions, as conventions/http.csv has them.
 */
public final class HttpRules {

  private static final List<Rule> RULES = read();

  private HttpRules() {}

  /** An attribute of the spans of a kind. */
  private record Rule(String kind, String attribute, String type, String when, String value) {

    boolean asked(ReceivedSpan span, Map<String, Object> attributes) {
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

  /** What is wrong with a span, a sentence each. */
  public static List<String> violations(ReceivedSpan span) {
    List<String> wrong = new ArrayList<>();
    if (span.attributes().containsKey("db.system.name")) {
      wrong.addAll(attributes(span, "DATABASE", span.attributes()));
    } else if (Set.of("SERVER", "CLIENT").contains(span.kind())) {
      wrong.addAll(attributes(span, span.kind(), span.attributes()));
      wrong.addAll(status(span));
      wrong.addAll(name(span));
    }
    wrong.addAll(attributes(span, "RESOURCE", span.resourceAttributes()));
    return wrong.stream().map(what -> span.service() + " " + span.name() + ": " + what).toList();
  }

  private static List<String> attributes(
      ReceivedSpan span, String kind, Map<String, Object> attributes) {
    List<String> wrong = new ArrayList<>();
    List<Rule> rules = RULES.stream().filter(rule -> rule.kind().equals(kind)).toList();
    for (Rule rule : rules) {
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
        .filter(name -> rules.stream().noneMatch(rule -> rule.attribute().equals(name)))
        .forEach(name -> wrong.add(name + " is not of the stable conventions"));
    return wrong;
  }

  /** An answer is an error from 400 on for who asked, from 500 on for who was asked; so is none. */
  private static List<String> status(ReceivedSpan span) {
    List<String> wrong = new ArrayList<>();
    Map<String, Object> attributes = span.attributes();
    Long status = (Long) attributes.get("http.response.status_code");
    boolean badStatus = status != null && status >= (span.kind().equals("CLIENT") ? 400 : 500);
    boolean exception = span.events().stream().anyMatch(event -> event.name().equals("exception"));
    if ((badStatus || status == null) && !span.failed()) {
      wrong.add("not an error, with status " + status);
    }
    if (span.failed() && !badStatus && !exception) {
      wrong.add("an error, with status " + status + " and no exception");
    }
    if (badStatus && !String.valueOf(status).equals(attributes.get("error.type"))) {
      wrong.add("error.type is " + attributes.get("error.type"));
    }
    if (badStatus && !exception && !span.span().getStatus().getMessage().isEmpty()) {
      wrong.add("a status needs no description: " + span.span().getStatus().getMessage());
    }
    if (span.span().getStatus().getCodeValue() == 1) {
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

  private static List<String> name(ReceivedSpan span) {
    Object method = span.attributes().get("http.request.method");
    Object route = span.attributes().get("http.route");
    String expected =
        ("_OTHER".equals(method) ? "HTTP" : method) + (route == null ? "" : " " + route);
    return expected.equals(span.name()) ? List.of() : List.of("the name should be " + expected);
  }

  private static List<Rule> read() {
    Path file = Path.of("src", "test", "resources", "conventions", "http.csv");
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> !line.startsWith("#") && !line.startsWith("kind,"))
          .map(line -> line.split(",", 5))
          .map(column -> new Rule(column[0], column[1], column[2], column[3], column[4]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
