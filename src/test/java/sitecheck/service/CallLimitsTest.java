package sitecheck.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.apache.camel.CamelContext;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.http.LoggingHttpActivityListener;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Callee;
import sitecheck.Misbehaviour;
import sitecheck.Ports;
import sitecheck.SelfSigned;

class CallLimitsTest {

  /** Uvicorn closes like this. The closed connection must not fail the next call. */
  @ParameterizedTest
  @ValueSource(ints = {500, 502, 599})
  void eachFailureIsItsOwnWhenTheCalleeClosesAfterIt(int status) throws Exception {
    try (ServerSocket callee = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        CamelContext context = context()) {
      answerPerConnection(callee, 1, status + " Error", "closed");

      for (int i = 0; i < 20; i++) {
        assertThat(call(context, "http", callee.getLocalPort(), "GET"))
            .isInstanceOf(HttpOperationFailedException.class);
      }
    }
  }

  /** The answer has not announced that the callee closes the connection. */
  @ParameterizedTest
  @CsvSource({
    "GET, closed",
    "HEAD, closed",
    "POST, closed",
    "GET, reset",
    "POST, reset",
    "GET, closed with a 408",
    "POST, closed with a 408"
  })
  void aRequestIsNotSentOnAConnectionThatTheCalleeHasClosed(String method, String end)
      throws Exception {
    try (ServerSocket callee = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        CamelContext context = context()) {
      AtomicInteger closed = answerPerConnection(callee, 1, "204 No Content", end);

      for (int i = 0; i < 5; i++) {
        assertThat(call(context, "http", callee.getLocalPort(), method)).isNull();
        await().untilAtomic(closed, is(i + 1));
      }
    }
  }

  @Test
  void soItIsWithTls(@TempDir Path folder) throws Exception {
    SSLContext before = SSLContext.getDefault();
    SSLContext.setDefault(SelfSigned.context(SelfSigned.store(folder)));
    try (ServerSocket callee =
            SSLContext.getDefault()
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        CamelContext context = context()) {
      AtomicInteger closed = answerPerConnection(callee, 2, "204 No Content", "closed");

      for (int i = 0; i < 6; i++) {
        assertThat(call(context, "https", callee.getLocalPort(), "GET")).isNull();
        await().untilAtomic(closed, is((i + 1) / 2));
      }
    } finally {
      SSLContext.setDefault(before);
    }
  }

  /** Closes each connection after some answers, unannounced; counts the closed ones. */
  private static AtomicInteger answerPerConnection(
      ServerSocket callee, int answers, String status, String end) {
    AtomicInteger closed = new AtomicInteger();
    Thread server =
        new Thread(
            () -> {
              while (!callee.isClosed()) {
                try (Socket call = callee.accept()) {
                  String length = status.startsWith("204") ? "" : "Content-Length: 0\r\n";
                  String answer = "HTTP/1.1 %s\r\n%s\r\n".formatted(status, length);
                  for (int i = 0; i < answers; i++) {
                    call.getInputStream().read(new byte[1000]);
                    call.getOutputStream().write(answer.getBytes(US_ASCII));
                  }
                  if (end.endsWith("408")) {
                    call.getOutputStream().write("HTTP/1.1 408 \r\n\r\n".getBytes(US_ASCII));
                  }
                  call.setSoLinger(end.equals("reset"), 0);
                } catch (IOException e) {
                  // the end of the test, or of the call
                }
                closed.incrementAndGet();
              }
            });
    server.start();
    return closed;
  }

  /** The time limit is an hour: if the rest of the answer were read, the test would not end. */
  @ParameterizedTest
  @EnumSource(names = {"ENDLESS_BODY", "ENDLESS_HEADER", "ENDLESS_HEADERS"})
  void anAnswerWithoutEndIsGivenUpByItsSize(Misbehaviour endless) throws Exception {
    int port = Ports.free();
    try (Misbehaviour.Peer peer = endless.on(port);
        CamelContext context = context()) {
      Exception failure = call(context, "http", port, "GET");

      assertThat(failure)
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(InterruptedIOException.class);
      peer.awaitGone();
    }
  }

  /** If an answer is not a stream, Camel copies it into its cache, with buffers of 32 KB. */
  @Test
  void anAnswerIsItsBytesAndNoCopyOfThem() throws Exception {
    try (Callee callee = new Callee().answers(request -> Callee.send(request, 200, "{}"));
        CamelContext context = context()) {
      Object body =
          context
              .createFluentProducerTemplate()
              .to("http://127.0.0.1:" + callee.port() + "?responseTimeout=3600000")
              .request();

      assertThat(body).isEqualTo(new byte[] {'{', '}'});
    }
  }

  private static CamelContext context() {
    CamelContext context = new DefaultCamelContext();
    HttpComponent http = new HttpComponent();
    context.addComponent("http", http);
    context.addComponent("https", http);
    http.setHttpClientConfigurer(new CallLimits(10_000));
    LoggingHttpActivityListener listener = new LoggingHttpActivityListener();
    listener.setLoggingLevel("OFF");
    http.setHttpActivityListener(listener);
    http.setAutomaticRetriesDisabled(true);
    http.setClientConnectionManager(Connections.pool(1000));
    context.start();
    return context;
  }

  private static Exception call(CamelContext context, String scheme, int port, String method) {
    return context
        .createFluentProducerTemplate()
        .to(scheme + "://127.0.0.1:" + port + "?responseTimeout=3600000&httpMethod=" + method)
        .send()
        .getException();
  }
}
