package sitecheck.service;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.ResourceHelper;

/**
 * The settings, found and resolved as Camel does it for the routes. The first that sets a value
 * wins: an environment variable, a system property, the given ones, {@code application.properties}
 * in the working folder, the one in the jar, the defaults. All are checked before anything starts.
 */
public final class Settings {

  static final String FILES =
      "file:application.properties;optional=true,classpath:application.properties";

  /** What a value must be, by how the name of its setting ends; the first that fits counts. */
  private record Rule(String ending, Predicate<String> holds, String what) {}

  private static final List<Rule> RULES =
      List.of(
          new Rule(".port", value -> isNumber(value, 1, 65_535), "a port, 1 to 65535"),
          new Rule(
              ".host",
              value -> value.matches("[\\w.-]+|\\[[\\w.:%]+\\]"),
              "a name, an IPv4 or an [IPv6] address"),
          new Rule(".timeout", value -> isNumber(value, 1, 3_600_000), "1 to 3600000 ms"),
          new Rule(".delay", value -> isNumber(value, 0, 60_000), "0 to 60000 ms"),
          new Rule(".max", value -> isNumber(value, 1, 1_000_000_000), "1 to 1000000000"),
          new Rule(".parallel", value -> value.matches("true|false"), "true or false"),
          new Rule(".print", value -> value.matches("true|false"), "true or false"),
          new Rule(
              "db.url",
              value -> value.matches("jdbc:(sqlite:.+|postgresql://.+)"),
              "jdbc:sqlite:<file> or jdbc:postgresql://<host>:<port>/<database>"),
          new Rule(".keep", value -> isNumber(value, 1, 36_500), "1 to 36500 days"),
          new Rule(".url", Settings::isUrl, "http(s)://host[:port][/path]"),
          new Rule("sites", value -> value.matches("stand-in|real"), "stand-in or real"));

  private final Properties given = new Properties();
  private final Properties defaults = new Properties();
  private final CamelContext context = new DefaultCamelContext();
  private final PropertiesComponent properties = new PropertiesComponent();
  private final Set<String> names;

  /**
   * Reads and checks the settings.
   *
   * @param given what comes before the files
   * @param defaults what comes after them
   * @throws StartException when a value makes no sense, or a system property looks like a setting
   *     but is none
   */
  public Settings(Map<String, String> given, Map<String, String> defaults) {
    this.given.putAll(given);
    this.defaults.putAll(defaults);
    context.setApplicationContextClassLoader(Settings.class.getClassLoader());
    properties.setCamelContext(context);
    properties.setOverrideProperties(this.given);
    properties.setInitialProperties(this.defaults);
    properties.setLocation(FILES);
    properties.start();
    names = new TreeSet<>(properties.loadProperties().stringPropertyNames());
    refuseMisspelt();
    Stream.of("sites", "listen.host").forEach(this::check); // before those that depend on them
    names.stream().filter(Settings::isOurs).forEach(this::check);
  }

  /**
   * The value of a setting, its placeholders resolved.
   *
   * @throws StartException when nothing sets it, or a placeholder in it
   */
  public String get(String name) {
    try {
      return properties.parseUri("{{" + name + "}}");
    } catch (IllegalArgumentException unresolved) {
      throw new StartException(name + " has no value: " + unresolved.getMessage(), unresolved);
    }
  }

  /** Whether a setting is there, and not empty. */
  boolean isGiven(String name) {
    return names.contains(name) && !get(name).isEmpty();
  }

  /** The value of a setting that is a number. */
  public int number(String name) {
    return Integer.parseInt(get(name));
  }

  /** The value of a setting that is {@code true} or {@code false}. */
  public boolean flag(String name) {
    return Boolean.parseBoolean(get(name));
  }

  /** The values of a setting that lists some, separated by commas. */
  public List<String> list(String name) {
    return Stream.of(get(name).split("\\s*,\\s*")).toList();
  }

  /** The sites that some services check, by name, and their addresses. */
  public Map<String, String> sites(List<String> services) {
    Map<String, String> sites = new TreeMap<>();
    for (String service : services) {
      if (names.contains(service + ".site")) {
        String site = get(service + ".site");
        sites.put(site, get("site." + site + ".url"));
      }
    }
    return sites;
  }

  /** The settings of a service's OpenTelemetry SDK: those for all, and over them its own. */
  Map<String, String> openTelemetry(String service) {
    Map<String, String> settings = new HashMap<>();
    for (String prefix : List.of("", service + ".")) {
      names.stream()
          .filter(name -> name.startsWith(prefix + "otel."))
          .forEach(name -> settings.put(name.substring(prefix.length()), get(name)));
    }
    return settings;
  }

  /**
   * Where the route files of a service are.
   *
   * @throws StartException when one is missing
   */
  List<String> routeFiles(String service) {
    String folder = get("routes.folder");
    return list(service + ".routes").stream().map(file -> found(folder, file, service)).toList();
  }

  private String found(String folder, String file, String service) {
    String path = folder + "/" + file;
    try (InputStream content = ResourceHelper.resolveResourceAsInputStream(context, path)) {
      if (content != null) {
        return path;
      }
    } catch (IOException missing) {
      // said below
    }
    throw new StartException(
        "the route file %s is missing; %s.routes and routes.folder say where it should be"
            .formatted(path, service));
  }

  Properties given() {
    return (Properties) given.clone();
  }

  Properties defaults() {
    return (Properties) defaults.clone();
  }

  private void check(String name) {
    RULES.stream()
        .filter(rule -> name.endsWith(rule.ending()))
        .findFirst()
        .filter(rule -> !rule.holds().test(get(name)))
        .ifPresent(
            rule -> {
              throw new StartException(
                  "%s is '%s', but must be %s".formatted(name, get(name), rule.what()));
            });
  }

  /** A typing error in {@code -Dname=value} would otherwise change nothing and say nothing. */
  private void refuseMisspelt() {
    Set<String> families =
        names.stream().filter(Settings::isOurs).map(Settings::family).collect(Collectors.toSet());
    new TreeMap<>(System.getProperties())
        .keySet().stream()
            .map(Object::toString)
            .filter(Settings::isOurs)
            .filter(name -> families.contains(family(name)) && !names.contains(name))
            .findFirst()
            .ifPresent(
                name -> {
                  throw new StartException(
                      name + " is no setting; application.properties has all there are");
                });
  }

  private static String family(String name) {
    return name.split("\\.", 2)[0];
  }

  /** Whether we know the rules of a setting, and not OpenTelemetry or Camel. */
  private static boolean isOurs(String name) {
    return !name.matches("camel\\..*|otel\\..*|.*\\.otel\\..*|this\\..*|java\\..*");
  }

  private static boolean isNumber(String value, int least, int most) {
    return value.matches("\\d{1,10}")
        && Long.parseLong(value) >= least
        && Long.parseLong(value) <= most;
  }

  private static boolean isUrl(String value) {
    try {
      URI url = URI.create(value);
      return ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
          && url.getHost() != null
          && url.getRawQuery() == null
          && url.getRawFragment() == null;
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }
}
