package sitecheck;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import sitecheck.service.Port;
import sitecheck.service.Settings;

/** The destination of the spans: the trace store, a Jaeger, another receiver or none. */
record SpanDestination(Settings settings) {
  /** The address of a Jaeger on this machine. */
  static final String JAEGER = "http://localhost:16686";

  /** The trace store's port, even if the store does not start. */
  Port store() {
    return new Port(settings.get("listen.host"), settings.number("traces.port"));
  }

  /** The base of the receiver's URL; empty if spans are not sent. */
  String endpoint() {
    List<String> exporters = settings.list("otel.traces.exporter");
    boolean none =
        settings.get("otel.sdk.disabled").equalsIgnoreCase("true")
            || !exporters.equals(List.of("")) && !exporters.contains("otlp");
    if (none) {
      return "";
    }
    String ofTraces = settings.get("otel.exporter.otlp.traces.endpoint:");
    if (!ofTraces.isEmpty()) {
      return ofTraces.replaceFirst("/v1/traces$", "");
    }
    String common = variable("otel.exporter.otlp.protocol");
    String protocol = variable("otel.exporter.otlp.traces.protocol");
    if ((protocol.isEmpty() ? common : protocol).equals("grpc")
        && variable("otel.exporter.otlp.endpoint").isEmpty()) {
      return "http://localhost:4317"; // our own default is for http/protobuf
    }
    String endpoint = settings.get("otel.exporter.otlp.endpoint").replaceFirst("/$", "");
    String host = settings.get("traces.host");
    return endpoint.isEmpty() ? "http://%s:%d".formatted(host, store().number()) : endpoint;
  }

  /** A system property, else the environment variable for it, else an empty text. */
  static String variable(String name) {
    String variable = System.getenv(name.toUpperCase(Locale.ROOT).replace('.', '_'));
    return System.getProperty(name, Objects.toString(variable, ""));
  }

  /** Whether the spans go to the trace store's port, no matter which process listens there. */
  boolean goToStore() {
    return Stream.of("localhost", "127.0.0.1", store().host())
        .map(host -> "http://" + host + ":" + store().number())
        .anyMatch(endpoint()::equals);
  }

  /** Whether a Jaeger with its default ports runs on this machine. */
  static boolean isJaegerHere() {
    HttpRequest services =
        HttpRequest.newBuilder(URI.create(JAEGER + "/api/v3/services"))
            .timeout(Duration.ofSeconds(1))
            .build();
    try {
      var answer = HttpClient.newHttpClient().send(services, BodyHandlers.ofString());
      return answer.statusCode() == 200 && answer.body().contains("\"services\"");
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  /** Describes the destination, for a system without its own UI. */
  String summary() {
    String hint = goToStore() ? "; if a Jaeger gets them, set traces.jaeger" : "";
    return (endpoint().isEmpty() ? "not sent" : "sent to " + endpoint()) + hint;
  }
}
