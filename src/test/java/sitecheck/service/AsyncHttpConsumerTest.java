package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.apache.camel.spi.InflightRepository;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Http;
import sitecheck.Ports;

/** Requests to routes that fail in ways that no route of ours should. */
class AsyncHttpConsumerTest {

  private final int port = Ports.free();
  private final Main main = StartAndStopTest.service(port);

  @AfterEach
  void stop() {
    main.stop();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "an Error",
        "an exception",
        "an exception without an error handler",
        "a body without bytes",
        "a body without bytes, on another thread",
        "a body that cannot be read, on another thread"
      })
  void aFailureIsAnsweredWithAProblemAndLeavesNothingInFlight(String failure) {
    main.configure().addRoutesBuilder(fails(failure));
    main.start();

    HttpResponse<String> answer = Http.get("http://127.0.0.1:" + port + "/fails");

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("this is our fault");
    InflightRepository inFlight = main.getCamelContext().getInflightRepository();
    await().until(() -> inFlight.size() == 0);
  }

  private static RouteBuilder fails(String failure) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        if (failure.endsWith("handler")) {
          errorHandler(noErrorHandler());
        }
        var route = from("platform-http:/fails");
        if (failure.endsWith("another thread")) {
          route.threads();
        }
        route.process(
            exchange -> {
              switch (failure.split(" ")[1]) {
                case "Error" -> throw new StackOverflowError("for the test");
                case "exception" -> throw new IllegalStateException("for the test");
                default ->
                    exchange
                        .getMessage()
                        .setBody(failure.contains("read") ? new Unreadable() : new Object());
              }
            });
      }
    };
  }

  private static final class Unreadable extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("for the test");
    }
  }
}
