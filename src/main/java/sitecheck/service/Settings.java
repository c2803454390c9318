package sitecheck.service;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.PropertiesComponent;

/** The settings, checked, with the values that Camel resolves for the routes. */
public final class Settings {
  private static final String FILES =
      "file:application.properties;optional=true,classpath:application.properties";
  private static final String COUNT = "[1-9]\\d{0,9}";
  private static final String HOST = "([a-zA-Z0-9][a-zA-Z0-9.-]*|\\[[\\p{XDigit}.:]+(%\\w+)?\\])";
  private static final String PORT =
      "([0-5]?\\d{1,4}|6([0-4]\\d{3}|5([0-4]\\d\\d|5([0-2]\\d|3[0-5]))))";
  private static final String URL =
      "https?://" + HOST + "(:" + PORT + ")?(/([\\w.~:@!$&'()*+,;=/-]|%\\p{XDigit}{2})*+)?";
  private static final String OTLP =
      "a URL without a password, and without /v1/traces, which the SDK adds";
  private static final String DATABASES =
      "jdbc:sqlite:<file> or jdbc:postgresql://<host>:<port>/<database>, without a password";

  /** A rule for the settings with an ending: their pattern, and the maximum if they are numbers. */
  private record Rule(String ending, String pattern, int most, String meaning) {
    boolean holds(String value) {
      String url = (ending.equals("host") ? "http://" : "") + value;
      return value.matches(pattern)
          && (most == 0 || Long.parseLong(value) <= most)
          && (!ending.matches("host|url") || URI.create(url).getHost() != null);
    }
  }

  /** The first rule that fits a name applies. */
  private static final List<Rule> RULES =
      List.of(
          new Rule("port", COUNT, 65_535, "a port, 1 to 65535"),
          new Rule("host", HOST, 0, "a name, an IPv4 or an [IPv6] address, without _"),
          new Rule("timeout", COUNT, 3_600_000, "1 to 3600000 ms"),
          new Rule("interval", COUNT, 86_400_000, "1 to 86400000 ms"),
          new Rule("(backoff|connections)", COUNT, 1_000, "1 to 1000"),
          new Rule("delay", "0|" + COUNT, 60_000, "0 to 60000 ms"),
          new Rule("requests.max", COUNT, 5_000, "1 to 5000"),
          new Rule("max", COUNT, 1_000_000_000, "1 to 1000000000"),
          new Rule("otlp.endpoint", "(?!.*(@|/v1/traces/?$)).*", 0, OTLP),
          new Rule("traces.jaeger", "(" + URL + ")?", 0, "Jaeger's UI, as http(s)://host[:port]"),
          new Rule("keep", COUNT, 36_500, "1 to 36500 days"),
          new Rule("(parallel|print|faults)", "true|false", 0, "true or false"),
          new Rule("sites", "stand-in|real", 0, "stand-in or real"),
          new Rule(
              "db.url", "jdbc:(sqlite:[^:].*|postgresql://(?!.*(@|password=)).+)", 0, DATABASES),
          new Rule(
              "url",
              URL,
              0,
              "http(s)://host[:port][/path], without a password, and without _ in the host"));

  private final PropertiesComponent properties;
  private final Set<String> names;

  /** The files with a service's settings: its profile first, working folder before jar. */
  public static String files(String service) {
    String profile = "application-" + service + ".properties;optional=true";
    return "file:%1$s,classpath:%1$s,%2$s".formatted(profile, FILES);
  }

  /** Reads the settings that all services share. The given ones override the files. */
  public static Settings read(Properties given) {
    CamelContext context = new DefaultCamelContext();
    context.setApplicationContextClassLoader(Settings.class.getClassLoader());
    PropertiesComponent properties = context.getPropertiesComponent();
    properties.setOverrideProperties(given);
    properties.setLocation(FILES);
    properties.start();
    return new Settings(properties);
  }

  /** Throws a StartException if a setting is invalid or a system property is misspelt. */
  public Settings(PropertiesComponent properties) {
    this.properties = properties;
    names = new TreeSet<>(properties.loadProperties().stringPropertyNames());
    refuseMisspelt();
    String jaeger = get("traces.jaeger").replaceFirst("/+$", "");
    if (!jaeger.isEmpty()) {
      properties.addOverrideProperty("traces.query.default", jaeger);
      properties.addOverrideProperty("traces.ui.default", jaeger + "/");
      properties.addOverrideProperty("traces.ui.page", "trace/");
    }
    List.of("sites", "listen.host").forEach(this::check); // others depend on them
    names.stream().filter(Settings::isOurs).forEach(this::check);
  }

  /** The value of a setting, with placeholders resolved; throws a StartException without one. */
  public String get(String name) {
    try {
      return properties.parseUri("{{" + name + "}}");
    } catch (IllegalArgumentException e) {
      throw new StartException(name + " has no value: " + e.getMessage(), e);
    }
  }

  /** The value of a numeric setting. */
  public int number(String name) {
    return Integer.parseInt(get(name));
  }

  /** The values of a list, separated by commas. */
  public List<String> list(String name) {
    return List.of(get(name).strip().split("\\s*,\\s*"));
  }

  /** The service at an address, host and port. */
  public static Optional<String> serviceAt(CamelContext context, String address) {
    String known = "{{%1$s.host}}:{{%1$s.port}}";
    return Stream.of(context.resolvePropertyPlaceholders("{{services}}").split("\\s*,\\s*"))
        .filter(name -> address.equals(context.resolvePropertyPlaceholders(known.formatted(name))))
        .findFirst();
  }

  private void check(String name) {
    for (Rule rule : RULES) {
      if (name.matches("(.*\\.)?" + rule.ending())) {
        if (rule.holds(get(name))) {
          return;
        }
        String shown = get(name).replaceFirst("[^/]*@|(?<=password=).*", "…@"); // hides a password
        throw new StartException(
            "%s is '%s', but must be %s".formatted(name, shown, rule.meaning()));
      }
    }
  }

  /** A typing error in {@code -Dname=value} would otherwise go unnoticed. */
  private void refuseMisspelt() {
    for (String name : new TreeSet<>(System.getProperties().stringPropertyNames())) {
      String family = name.split("\\.")[0] + ".";
      boolean similar = names.stream().anyMatch(setting -> setting.startsWith(family));
      if (isOurs(name) && similar && !names.contains(name)) {
        throw new StartException(name + " is not a setting; application.properties lists them");
      }
    }
  }

  /** Whether a setting is ours, and not OpenTelemetry's, Camel's or the JVM's. */
  private static boolean isOurs(String name) {
    return !name.matches("(camel|otel|java)\\..*") || name.equals("otel.exporter.otlp.endpoint");
  }
}
