package sitecheck.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.apache.camel.CamelContext;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.http.LoggingHttpActivityListener;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sitecheck.Misbehaviour;
import sitecheck.Ports;

class CallLimitsTest {

  /** As uvicorn does it: a connection that has failed must not fail the next call. */
  @Test
  void eachFailureIsItsOwnWhenTheCalleeClosesAfterIt() throws Exception {
    try (ServerSocket callee = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        CamelContext context = context()) {
      Thread answers =
          new Thread(
              () -> {
                while (!callee.isClosed()) {
                  try (Socket call = callee.accept()) {
                    call.getInputStream().read(new byte[1000]);
                    call.getOutputStream()
                        .write(
                            "HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n".getBytes(US_ASCII));
                  } catch (IOException e) {
                    // the end of the test, or of the call
                  }
                }
              });
      answers.start();

      for (int i = 0; i < 20; i++) {
        assertThat(call(context, callee.getLocalPort()))
            .isInstanceOf(HttpOperationFailedException.class);
      }
    }
  }

  /** There is all the time in the world: were the rest of it read, this would not end. */
  @ParameterizedTest
  @EnumSource(names = {"ENDLESS_BODY", "ENDLESS_HEADER", "ENDLESS_HEADERS"})
  void anAnswerWithoutEndIsGivenUpByItsSize(Misbehaviour endless) throws Exception {
    int port = Ports.free();
    try (Misbehaviour.Peer peer = endless.on(port);
        CamelContext context = context()) {
      Exception failure = call(context, port);

      assertThat(failure)
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(InterruptedIOException.class);
      peer.awaitGone();
    }
  }

  private static CamelContext context() {
    CamelContext context = new DefaultCamelContext();
    HttpComponent http = context.getComponent("http", HttpComponent.class);
    http.setHttpClientConfigurer(new CallLimits(10_000));
    LoggingHttpActivityListener listener = new LoggingHttpActivityListener();
    listener.setLoggingLevel("OFF");
    http.setHttpActivityListener(listener);
    http.setAutomaticRetriesDisabled(true);
    http.setClientConnectionManager(CallLimits.connections(1000));
    context.start();
    return context;
  }

  private static Exception call(CamelContext context, int port) {
    return context
        .createFluentProducerTemplate()
        .to("http://127.0.0.1:" + port + "?responseTimeout=3600000")
        .send()
        .getException();
  }
}
