package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import sitecheck.problem.ProblemException;

class ExceptionAnswerTest {

  private final Logger log = (Logger) LoggerFactory.getLogger(ExceptionAnswer.class);
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
  void anUnexpectedExceptionIsLoggedAndTellsNothingOfTheInside() {
    assertThat(answer(new IllegalArgumentException("secret")))
        .contains("\"status\":500")
        .doesNotContain("secret");
    assertThat(lines.list)
        .extracting(line -> line.getLevel() + " " + line.getThrowableProxy().getMessage())
        .containsExactly("ERROR secret");
  }

  @Test
  void aBadRequestIsAnsweredWithTheReason() {
    assertThat(answer(new ProblemException("delay must be 0 to 60000 ms")))
        .contains("\"status\":400", "delay must be 0 to 60000 ms");
    assertThat(lines.list).isEmpty();
  }

  private static String answer(Exception failure) {
    Message message = new DefaultExchange(new DefaultCamelContext()).getMessage();
    ExceptionAnswer.answer(message, failure);
    assertThat(message.getHeader(Exchange.CONTENT_TYPE)).isEqualTo("application/problem+json");
    return message.getBody(String.class);
  }
}
