package sitecheck.tracestore;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zipkin2.Span;
import zipkin2.codec.SpanBytesEncoder;

class ZipkinSpansTest {
  /** Each name stands for two files: spans in OTLP, and the complete result for Zipkin. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mapping/attribute",
        "mapping/event",
        "mapping/id",
        "mapping/kind",
        "mapping/left-out",
        "mapping/remote-endpoint",
        "mapping/resource-and-scope",
        "mapping/service-unknown",
        "mapping/status",
        "mapping/time",
        "five-services"
      })
  void mapsSpansExactlyAsWrittenDown(String name) throws Exception {
    List<Span> mapped =
        ZipkinSpans.of(
            Otlp.readJson(StoreClient.resource(name + ".otlp.json")).getResourceSpansList());

    assertThat(pretty(SpanBytesEncoder.JSON_V2.encodeList(mapped)))
        .isEqualTo(pretty(StoreClient.resource(name + ".zipkin.json")));
  }

  private static String pretty(byte[] json) {
    return new JsonArray(new String(json, StandardCharsets.UTF_8)).encodePrettily();
  }
}
