package sitecheck;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;

/** compose.yaml and the Dockerfile, as Docker understands them. */
final class Compose {

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+):-([^}]*)\\}");

  private final Map<String, Container> containers = new TreeMap<>();
  private final String dockerfile = read("Dockerfile");

  /**
   * A container.
   *
   * @param ours whether it is of the image that is built here
   * @param text what it is told, its keys as they are
   */
  record Container(String name, boolean ours, Map<String, Object> text) {

    List<String> command() {
      return strings("command");
    }

    List<String> strings(String key) {
      return ((List<?>) text.getOrDefault(key, List.of())).stream().map(String::valueOf).toList();
    }

    Map<String, String> environment() {
      Map<String, String> environment = new TreeMap<>();
      map("environment").forEach((name, value) -> environment.put(name, String.valueOf(value)));
      return environment;
    }

    Map<String, ?> dependsOn() {
      return map("depends_on");
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> map(String key) {
      return (Map<String, Object>) text.getOrDefault(key, Map.of());
    }
  }

  /**
   * Reads it.
   *
   * @param variables those of who types {@code docker compose up}
   */
  Compose(Map<String, String> variables) {
    String text =
        VARIABLE
            .matcher(read("compose.yaml"))
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        variables.getOrDefault(found.group(1), found.group(2))));
    Map<String, Map<String, Map<String, Object>>> file = new Yaml().load(text);
    file.get("services")
        .forEach(
            (name, it) -> containers.put(name, new Container(name, it.containsKey("build"), it)));
  }

  Map<String, Container> containers() {
    return containers;
  }

  /** The program that the image runs, and its first arguments. */
  List<String> entrypoint() {
    return json("ENTRYPOINT");
  }

  /** What says whether a container is healthy, by its name in deploy/image. */
  List<String> healthCheck() {
    return json("HEALTHCHECK.*? CMD");
  }

  /** The variables that the image sets. */
  Map<String, String> imageEnvironment() {
    Map<String, String> environment = new TreeMap<>();
    for (String variable : line("ENV (.*)").split(" ")) {
      environment.put(variable.split("=")[0], variable.split("=")[1]);
    }
    return environment;
  }

  @SuppressWarnings("unchecked")
  private List<String> json(String instruction) {
    try {
      return new ObjectMapper().readValue(line(instruction + " (\\[.*\\])"), List.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String line(String pattern) {
    Matcher line = Pattern.compile("(?m)^" + pattern + "$").matcher(dockerfile);
    return line.results().findFirst().orElseThrow().group(1);
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
