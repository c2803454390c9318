package sitecheck.spans;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class HttpRulesTest {

  private static final Map<String, Span> GOOD =
      Map.of(
          "SERVER",
          span(
              "GET /orders/{id}",
              SpanKind.SPAN_KIND_SERVER,
              "http.route=/orders/{id} url.path=/orders/7 url.scheme=http client.address=::1"),
          "CLIENT",
          span("GET", SpanKind.SPAN_KIND_CLIENT, "url.full=http://localhost/stock"));

  @Test
  void findNothingInSpansThatAreAsTheyShouldBe() {
    assertThat(GOOD.values()).allSatisfy(span -> assertThat(violations(span)).isEmpty());
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/conventions/violations.csv", useHeadersInDisplayName = true)
  void findWhatIsWrong(String kind, String what, String value, String violation) {
    Span.Builder span = GOOD.get(kind).toBuilder();
    switch (what) {
      case "name" -> span.setName(value);
      case "status" -> span.getStatusBuilder().setCodeValue(value.equals("OK") ? 1 : 2);
      default -> {
        List<KeyValue> others =
            span.getAttributesList().stream().filter(one -> !one.getKey().equals(what)).toList();
        span.clearAttributes().addAllAttributes(others);
        if (!value.equals("-")) {
          span.addAttributes(attribute(what, value));
        }
      }
    }

    assertThat(violations(span.build())).contains("orders " + span.getName() + ": " + violation);
  }

  @Test
  void findAnExceptionWithoutItsStackTrace() {
    Span.Builder failed = GOOD.get("CLIENT").toBuilder();
    failed.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
    failed.addAttributes(attribute("error.type", "java.io.IOException"));
    failed.addEventsBuilder().setName("exception");

    assertThat(violations(failed.build()))
        .containsExactly("orders GET: an exception without type or stack trace");
  }

  @Test
  void findAServiceWithoutAName() {
    ReceivedSpan nobodys = new ReceivedSpan(Resource.getDefaultInstance(), GOOD.get("CLIENT"));

    assertThat(HttpRules.violations(nobodys))
        .contains("null GET: service.name is null, but asked for: always");
  }

  private static List<String> violations(Span span) {
    Resource.Builder resource = Resource.newBuilder();
    for (String attribute :
        ("service.name=orders service.instance.id=00000000-0000-0000-0000-000000000000 "
                + "telemetry.sdk.language=java telemetry.sdk.name=opentelemetry "
                + "telemetry.sdk.version=1")
            .split(" ")) {
      resource.addAttributes(attribute(attribute.split("=")[0], attribute.split("=")[1]));
    }
    return HttpRules.violations(new ReceivedSpan(resource.build(), span));
  }

  private static Span span(String name, SpanKind kind, String attributes) {
    Span.Builder span = Span.newBuilder().setName(name).setKind(kind);
    for (String attribute :
        (attributes
                + " http.request.method=GET server.address=localhost server.port=#80"
                + " network.protocol.version=1.1 http.response.status_code=#200"
                + " camel.route.id=orders")
            .split(" ")) {
      span.addAttributes(attribute(attribute.split("=")[0], attribute.split("=")[1]));
    }
    return span.build();
  }

  /** An attribute; its value is a number where it begins with {@code #}. */
  private static KeyValue attribute(String name, String value) {
    AnyValue.Builder typed = AnyValue.newBuilder();
    if (value.startsWith("#")) {
      typed.setIntValue(Long.parseLong(value.substring(1)));
    } else {
      typed.setStringValue(value);
    }
    return KeyValue.newBuilder().setKey(name).setValue(typed).build();
  }
}
