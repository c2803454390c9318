package sitecheck.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.semconv.UrlAttributes;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

class HttpRulesTest {

  private static final String BOTH =
      " http.request.method=GET server.address=localhost server.port=#80"
          + " network.protocol.version=1.1 http.response.status_code=#200 camel.route.id=orders";
  private static final Map<String, String> GOOD =
      Map.of(
          "SERVER",
          "http.route=/orders/{id} url.path=/orders/7 url.scheme=http client.address=::1" + BOTH,
          "CLIENT",
          "url.full=http://localhost/stock" + BOTH);
  private static final Map<String, String> NAMES =
      Map.of("SERVER", "GET /orders/{id}", "CLIENT", "GET");
  private static final String RESOURCE =
      "service.name=orders service.instance.id=00000000-0000-0000-0000-000000000000"
          + " telemetry.sdk.language=java telemetry.sdk.name=opentelemetry telemetry.sdk.version=1";

  private final HttpRules rules = new HttpRules("/conventions/ours.csv");

  @Test
  void findNothingInSpansThatAreAsTheyShouldBe() {
    assertThat(GOOD.keySet()).allSatisfy(kind -> assertThat(violations(span(kind))).isEmpty());
  }

  /** What other tracers may add to their spans, or leave out. */
  @ParameterizedTest
  @CsvSource({
    "SERVER, network.peer.address=10.0.0.1 network.peer.port=#5000 client.port=#5000",
    "CLIENT, network.peer.address=::1 network.peer.port=#80 url.scheme=http",
    "CLIENT, http.request.resend_count=#1 user_agent.original=curl",
    "CLIENT, url.full=http://localhost/users/a@b.c?mail=a@b.c",
    "CLIENT, url.full=http://localhost/stock?",
    "CLIENT, -network.protocol.version",
    "SERVER, -network.protocol.version",
    "SERVER, -client.address",
    "SERVER, -server.address"
  })
  void findNothingInWhatTheConventionsLeaveOpen(String kind, String change) {
    String attributes = GOOD.get(kind);
    for (String one : change.split(" ")) {
      String name = one.replaceAll("^-|=.*", "");
      attributes = attributes.replaceAll("(^| )" + name + "=\\S+", "");
      attributes += one.startsWith("-") ? "" : " " + one;
    }
    attributes = attributes.replaceAll("^ | ?camel.route.id=orders", "");
    CapturedSpan span = new CapturedSpan(span(kind).setAttributes(attributes(attributes)).build());

    assertThat(new HttpRules().violations(span)).isEmpty();
  }

  @Test
  void findNothingInTheHeadersOfASpan() {
    AttributeKey<List<String>> header = AttributeKey.stringArrayKey("http.request.header.accept");
    Attributes attributes =
        attributes(GOOD.get("CLIENT")).toBuilder().put(header, List.of("text/html")).build();

    assertThat(violations(span("CLIENT").setAttributes(attributes))).isEmpty();
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/conventions/violations.csv", useHeadersInDisplayName = true)
  void findTheViolation(String kind, String what, String value, String violation) {
    TestSpanData.Builder span = span(kind);
    switch (what) {
      case "name" -> span.setName(value);
      case "status" -> span.setStatus(value.equals("OK") ? StatusData.ok() : StatusData.error());
      default -> {
        String others = GOOD.get(kind).replaceAll("(^| )" + what + "=\\S+", "");
        span.setAttributes(
            attributes(value.equals("-") ? others : others + " " + what + "=" + value));
      }
    }

    assertThat(violations(span)).contains(place(span.build()) + ": " + violation);
  }

  @Test
  void findAnExceptionWithoutItsStackTrace() {
    TestSpanData.Builder failed = span("CLIENT").setStatus(StatusData.error());
    failed.setAttributes(attributes(GOOD.get("CLIENT") + " error.type=java.io.IOException"));
    failed.setEvents(List.of(EventData.create(1, "exception", Attributes.empty())));

    assertThat(violations(failed))
        .containsExactly(place(failed.build()) + ": an exception without type or stack trace");
  }

  @Test
  void findAServiceWithoutAName() {
    assertThat(violations(span("SERVER").setResource(Resource.empty())))
        .contains(
            "null %s: service.name is null, but asked for: always".formatted(NAMES.get("SERVER")));
  }

  /** A call's URL identifies it: the names of calls are alike. */
  private static String place(SpanData span) {
    String url = span.getAttributes().get(UrlAttributes.URL_FULL);
    return "orders " + span.getName() + (url == null ? "" : " " + url);
  }

  private List<String> violations(TestSpanData.Builder span) {
    return rules.violations(new CapturedSpan(span.build()));
  }

  private static TestSpanData.Builder span(String kind) {
    return TestSpanData.builder()
        .setName(NAMES.get(kind))
        .setKind(SpanKind.valueOf(kind))
        .setResource(Resource.create(attributes(RESOURCE)))
        .setAttributes(attributes(GOOD.get(kind)))
        .setStatus(StatusData.unset())
        .setStartEpochNanos(1)
        .setEndEpochNanos(2)
        .setHasEnded(true);
  }

  /** Parses attributes; a value that begins with {@code #} is a number. */
  private static Attributes attributes(String text) {
    AttributesBuilder attributes = Attributes.builder();
    for (String one : text.strip().split(" (?=[\\w.]+=)")) {
      String[] attribute = one.split("=", 2);
      if (attribute[1].startsWith("#")) {
        attributes.put(attribute[0], Long.parseLong(attribute[1].substring(1)));
      } else {
        attributes.put(attribute[0], attribute[1]);
      }
    }
    return attributes.build();
  }
}
