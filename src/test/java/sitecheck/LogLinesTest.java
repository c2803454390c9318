package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what the terminal shows of a log line, by the application's logback.xml. */
class LogLinesTest {

  private final PrintStream terminal = System.out;
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final LoggerContext context = new LoggerContext();
  private final Logger log = context.getLogger("sitecheck.Some");

  @BeforeEach
  void listen() throws Exception {
    System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
    context.setMDCAdapter(new LogbackMDCAdapter());
    JoranConfigurator file = new JoranConfigurator();
    file.setContext(context);
    file.doConfigure("src/main/resources/logback.xml");
  }

  @AfterEach
  void listenNoMore() {
    context.stop();
    System.setOut(terminal);
  }

  private String shown() {
    return shown.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  @Test
  void aLineOfASpanEndsWithItsIds() {
    SpanContext ids =
        SpanContext.create(
            "0af7651916cd43dd8448eb211c80319c",
            "b7ad6b7169203331",
            TraceFlags.getSampled(),
            TraceState.getDefault());

    try (Scope current = Span.wrap(ids).makeCurrent()) {
      log.error("said");
    }

    assertThat(shown())
        .matches(
            "[\\d:.]{12} ERROR Some: said"
                + " trace_id=0af7651916cd43dd8448eb211c80319c span_id=b7ad6b7169203331\n");
  }

  @Test
  void aLineOfNoSpanHasNoIds() {
    log.error("said");

    assertThat(shown()).matches("[\\d:.]{12} ERROR Some: said\n");
  }

  @Test
  void anExceptionHasItsStackTrace() {
    log.error("said", new IOException("gone"));

    assertThat(shown()).containsPattern("said\njava.io.IOException: gone\n(\tat .*\n){2}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sitecheck.Some", "io.vertx.core.Some"})
  void loggedTextCannotBeginALineOrSteerTheTerminal(String name) {
    String hostile = "a\r\n12:00:00.000 ERROR Some: b\u001b[2J\u0085c\rd\ne\0\u009b\u2028\u202ef";

    context.getLogger(name).error(hostile, new IOException(hostile, new IOException(hostile)));

    assertThat(shown().replaceAll("[\n\t]", "")).doesNotContainPattern("[\\p{C}\\p{Zl}]");
    assertThat(shown().lines().skip(1))
        .allMatch(line -> line.matches("(java\\.|Caused by: |\t).*"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"io.vertx.core.Some", "org.apache.camel.impl.engine.AbstractCamelContext"})
  void exceptionsOfOthersAreShownOnceAndShortened(String name) {
    context.getLogger(name).error("said", new IOException("gone"));

    assertThat(shown())
        .matches("[\\d:.]{12} ERROR \\w+: said\njava.io.IOException: gone\n\tat .*\n+");
  }
}
