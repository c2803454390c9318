package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import org.apache.camel.CamelContext;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sitecheck.Misbehaviour;
import sitecheck.Ports;

class BoundedHttpCallsTest {

  /** There is all the time in the world: were the rest of it read, this would not end. */
  @ParameterizedTest
  @EnumSource(names = {"ENDLESS_BODY", "ENDLESS_HEADER", "ENDLESS_HEADERS"})
  void anAnswerWithoutEndIsGivenUpByItsSize(Misbehaviour endless) throws Exception {
    BoundedHttpCalls calls = new BoundedHttpCalls();
    calls.setMost(10_000);
    int port = Ports.free();
    try (Misbehaviour.Peer peer = endless.on(port);
        CamelContext context = new DefaultCamelContext()) {
      HttpComponent http = context.getComponent("http", HttpComponent.class);
      http.setHttpClientConfigurer(calls);
      http.setHttpActivityListener(calls);
      http.setClientConnectionManager(BoundedHttpCalls.connections(1000));
      context.start();

      Exception failure =
          context
              .createFluentProducerTemplate()
              .to("http://127.0.0.1:" + port + "?responseTimeout=3600000")
              .send()
              .getException();

      assertThat(failure)
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(InterruptedIOException.class);
      peer.awaitGone();
    }
  }
}
