package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class ProblemTest {

  @Test
  void whatNobodyExpectedTellsNothingOfTheInside() {
    Exchange exchange = new DefaultExchange(new DefaultCamelContext());

    Problem.answer(exchange.getMessage(), new IllegalStateException("secret"), null);

    assertThat(exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE)).isEqualTo(500);
    assertThat(exchange.getMessage().getHeader(Exchange.CONTENT_TYPE))
        .isEqualTo("application/problem+json");
    assertThat(exchange.getMessage().getBody(String.class))
        .contains("\"status\":500")
        .doesNotContain("secret");
  }
}
