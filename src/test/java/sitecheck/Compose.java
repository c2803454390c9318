package sitecheck;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/** compose.yaml, with or without a second file, and the Dockerfile, as Docker reads them. */
final class Compose {

  /** The second file of {@code docker compose -f compose.yaml -f deploy/scale.yaml}. */
  static final String SCALE = "deploy/scale.yaml";

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+):-([^}]*)\\}");

  private final Map<String, Container> containers = new TreeMap<>();
  private final String dockerfile = read("Dockerfile");

  /**
   * A container.
   *
   * @param ours whether it runs the image that is built here
   * @param text its settings, by their keys in the file
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

    /** The name of the volume, or the file of ours, that is mounted at a path. */
    Optional<String> mountedAt(String path) {
      return strings("volumes").stream()
          .map(volume -> volume.split(":"))
          .filter(parts -> parts.length > 1 && parts[1].equals(path))
          .map(parts -> parts[0])
          .findFirst();
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
   * Reads the files.
   *
   * @param variables the variables of the shell that runs {@code docker compose up}
   * @param others the files that follow compose.yaml
   */
  Compose(Map<String, String> variables, String... others) {
    Object all = load("compose.yaml", variables);
    for (String other : others) {
      all = merged(all, load(other, variables));
    }
    services(all).forEach((name, it) -> containers.put(name, new Container(name, isOurs(it), it)));
  }

  private static Object load(String file, Map<String, String> variables) {
    String text =
        VARIABLE
            .matcher(read(file))
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        variables.getOrDefault(found.group(1), found.group(2))));
    return new Yaml().load(text.replace("!reset []", "null"));
  }

  /** Merges files as Compose does. */
  private static Object merged(Object one, Object other) {
    if (one instanceof Map<?, ?> first && other instanceof Map<?, ?> second) {
      Map<Object, Object> both = new TreeMap<>(first);
      second.forEach(
          (key, value) ->
              both.compute(
                  key, (same, old) -> old == null || value == null ? value : merged(old, value)));
      return both;
    }
    if (one instanceof List<?> first && other instanceof List<?> second) {
      return Stream.concat(first.stream(), second.stream()).toList();
    }
    return other;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Map<String, Object>> services(Object file) {
    return (Map<String, Map<String, Object>>) ((Map<?, ?>) file).get("services");
  }

  private static boolean isOurs(Map<String, Object> service) {
    return service.get("image").toString().startsWith("site-check:");
  }

  Map<String, Container> containers() {
    return containers;
  }

  /** The program that the image runs, by its name in deploy/image, and its first arguments. */
  List<String> entrypoint() {
    return json("ENTRYPOINT");
  }

  /** The program that checks a container's health, by its name in deploy/image. */
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
