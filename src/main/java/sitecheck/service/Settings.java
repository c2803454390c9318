package sitecheck.service;

import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.PropertiesComponent;

/**
 * The settings as Camel resolves them for the routes, checked. The first that sets a value wins: an
 * environment variable, a system property, the profile's file, {@code application.properties} in
 * the working folder, the one in the jar.
 */
public final class Settings {
  private static final String FILES =
      "file:application.properties;optional=true,classpath:application.properties";

  private static final String COUNT = "[1-9]\\d{0,9}";
  private static final String HOST = "([\\w.-]+|\\[[\\w.:%]+\\])";
  private static final String URL =
      "https?://" + HOST + "(:\\d+)?(/([\\w.~:@!$&'()*+,;=/-]|%\\p{XDigit}{2})*+)?";

  /** What settings with such an ending must be: a pattern, and if they are numbers, no larger. */
  private record Rule(String ending, String pattern, int most, String meaning) {
    boolean holds(String value) {
      return value.matches(pattern) && (most == 0 || Long.parseLong(value) <= most);
    }
  }

  /** The first that fits a name counts. */
  private static final List<Rule> RULES =
      List.of(
          new Rule("port", COUNT, 65_535, "a port, 1 to 65535"),
          new Rule("host", HOST, 0, "a name, an IPv4 or an [IPv6] address"),
          new Rule("timeout", COUNT, 3_600_000, "1 to 3600000 ms"),
          new Rule("delay", "0|" + COUNT, 60_000, "0 to 60000 ms"),
          new Rule("requests.max", COUNT, 5_000, "1 to 5000"),
          new Rule("max", COUNT, 1_000_000_000, "1 to 1000000000"),
          new Rule("keep", COUNT, 36_500, "1 to 36500 days"),
          new Rule("(parallel|print|faults)", "true|false", 0, "true or false"),
          new Rule("sites", "stand-in|real", 0, "stand-in or real"),
          new Rule(
              "db.url",
              "jdbc:(sqlite:[^:].*|postgresql://.+)",
              0,
              "jdbc:sqlite:<file> or jdbc:postgresql://<host>:<port>/<database>"),
          new Rule("url", URL, 0, "http(s)://host[:port][/path], without a password"));

  private final PropertiesComponent properties;
  private final Set<String> names;

  /**
   * Where a service finds its settings: the profile's file before that for all, a copy in the
   * working folder before the one in the jar.
   */
  public static String files(String service) {
    String profile = "application-" + service + ".properties;optional=true";
    return "file:%1$s,classpath:%1$s,%2$s".formatted(profile, FILES);
  }

  /** Reads the settings that all services share. Those that are given win. */
  public static Settings read(Properties given) {
    CamelContext context = new DefaultCamelContext();
    context.setApplicationContextClassLoader(Settings.class.getClassLoader());
    PropertiesComponent properties = context.getPropertiesComponent();
    properties.setOverrideProperties(given);
    properties.setLocation(FILES);
    properties.start();
    return new Settings(properties);
  }

  /**
   * Reads the settings.
   *
   * @throws StartException when one makes no sense, or a system property is none but looks like one
   */
  public Settings(PropertiesComponent properties) {
    this.properties = properties;
    names = new TreeSet<>(properties.loadProperties().stringPropertyNames());
    refuseMisspelt();
    Stream.of("sites", "listen.host").forEach(this::check); // others depend on them
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
    } catch (IllegalArgumentException e) {
      throw new StartException(name + " has no value: " + e.getMessage(), e);
    }
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

  /** Whether something sets it. */
  public boolean has(String name) {
    return properties.resolveProperty(name).isPresent();
  }

  private void check(String name) {
    for (Rule rule : RULES) {
      if (name.matches("(.*\\.)?" + rule.ending())) {
        if (rule.holds(get(name))) {
          return;
        }
        String shown = get(name).replaceFirst("//[^/?#]*@", "//…@"); // without a password
        throw new StartException(
            "%s is '%s', but must be %s".formatted(name, shown, rule.meaning()));
      }
    }
  }

  /** A typing error in {@code -Dname=value} would otherwise change nothing and say nothing. */
  private void refuseMisspelt() {
    for (String name : new TreeSet<>(System.getProperties().stringPropertyNames())) {
      String family = name.split("\\.")[0] + ".";
      boolean similar = names.stream().anyMatch(setting -> setting.startsWith(family));
      if (isOurs(name) && similar && !names.contains(name)) {
        throw new StartException(name + " is no setting; application.properties has all there are");
      }
    }
  }

  /** Whether we know the rules of a setting, and not OpenTelemetry, Camel or the JVM. */
  private static boolean isOurs(String name) {
    return !name.matches("(camel|otel|java)\\..*");
  }
}
