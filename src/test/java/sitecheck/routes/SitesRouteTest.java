package sitecheck.routes;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.apache.camel.StreamCache;
import org.apache.camel.TypeConverter;
import org.apache.camel.converter.stream.ByteArrayInputStreamCache;
import org.apache.camel.converter.stream.InputStreamCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Http;

class SitesRouteTest extends RouteTest {

  SitesRouteTest() {
    super("sites");
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    settings.setProperty("sites.delay", "200");
  }

  @Test
  void takesNoLocaleFromItsSurroundings() {
    assertThat(Locale.getDefault()).isEqualTo(Locale.ROOT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/baidu", "/qq"})
  void answersAfterTheDelay(String path) {
    long start = System.nanoTime();

    assertThat(Http.send("HEAD", url(path)).statusCode()).isLessThan(400);
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(200_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/baidu", "/qq", "/headers"})
  void refusesAnotherMethod(String path) {
    assertThat(Http.post(url(path), "{}").statusCode()).isEqualTo(405);
  }

  @Test
  void showsTheHeadersOfTheRequest() throws Exception {
    String traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    JsonNode shown =
        new ObjectMapper()
            .readTree(
                Http.get(url("/headers"), "traceparent", traceparent, "x-some", "1", "x-some", "2")
                    .body());

    assertThat(shown.at("/headers/Traceparent").asText()).isEqualTo(traceparent);
    assertThat(shown.at("/headers/X-Some").asText()).isEqualTo("1,2");
    assertThat(shown.get("headers").fieldNames())
        .toIterable()
        .containsSubsequence("Host", "Traceparent", "User-Agent", "X-Some")
        .noneMatch(name -> name.startsWith("Camel"));
  }

  @Test
  void aFaultIsJsonAndARefusalSaysWhatIsMissing() {
    assertFaultIsJson("{\"delay\":0}");
  }

  /** Camel's own converters take buffers of 32 KB for each. */
  @Test
  void aBodyInMemoryBecomesTextAndBytesWithLittleMemory() throws Exception {
    byte[] body = "{}".getBytes(US_ASCII);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 1000; i++) {
      assertConverted(new InputStreamCache(body));
      assertConverted(new ByteArrayInputStreamCache(new ByteArrayInputStream(body)));
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2 * 1000 * 8192L);
  }

  private void assertConverted(StreamCache body) throws Exception {
    TypeConverter converter = context.getTypeConverter();
    assertThat(converter.convertTo(String.class, body)).isEqualTo("{}");
    body.reset();
    assertThat(converter.convertTo(byte[].class, body)).hasSize(2);
  }
}
