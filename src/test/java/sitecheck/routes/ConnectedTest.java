package sitecheck.routes;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class ConnectedTest {

  @Test
  void onlyFailuresOfTheSiteBecomeAnAnswer() {
    Exchange check = new DefaultExchange(new DefaultCamelContext());
    Exchange answer = new DefaultExchange(check.getContext());
    answer.setException(new IllegalStateException("of ours"));

    Exchange checked = new Connected().aggregate(check, answer);

    assertThat(checked).isSameAs(check);
    assertThat(checked.getException()).isSameAs(answer.getException());
    assertThat(checked.getMessage().getBody()).isNull();
  }
}
