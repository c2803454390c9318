package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ProblemTest {

  private final Logger log = (Logger) LoggerFactory.getLogger(Problem.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    log.addAppender(lines);
  }

  @AfterEach
  void listenNoMore() {
    log.detachAppender(lines);
  }

  @Test
  void whatNobodyExpectedIsLoggedAndTellsNothingOfTheInside() {
    Exchange exchange = new DefaultExchange(new DefaultCamelContext());

    Problem.answer(exchange.getMessage(), new IllegalStateException("secret"), null);

    assertThat(exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE)).isEqualTo(500);
    assertThat(exchange.getMessage().getHeader(Exchange.CONTENT_TYPE))
        .isEqualTo("application/problem+json");
    assertThat(exchange.getMessage().getBody(String.class))
        .contains("\"status\":500")
        .doesNotContain("secret");
    assertThat(lines.list)
        .extracting(line -> line.getLevel() + " " + line.getThrowableProxy().getMessage())
        .containsExactly("ERROR secret");
  }
}
