package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.Test;
import sitecheck.Ports;

/** Clients send requests all the time, from before a service starts until it is gone. */
class StartAndStopTest {

  private static final byte[] REQUEST =
      "GET /headers HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final int port = Ports.free();
  private final ExecutorService clients = Executors.newCachedThreadPool();

  /** The number of answers of each kind. */
  private final Map<String, Integer> answers = new ConcurrentHashMap<>();

  private volatile boolean stopped;

  @Test
  void aRequestIsAnsweredOrTurnedAwayOrNotTaken() throws Exception {
    List<Future<?>> asking = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      asking.add(clients.submit(this::ask));
    }
    Main main = service(port);

    main.start();
    awaitMore("200");
    main.getCamelContext().suspend();
    awaitMore("503 Connection: close, Retry-After: 1");
    main.stop();
    stopped = true;
    for (Future<?> client : asking) {
      client.get();
    }
    clients.shutdown();

    assertThat(answers.keySet())
        .isSubsetOf(
            "200", "200 Connection: close", "503 Connection: close, Retry-After: 1", "none");
  }

  @Test
  void aSuspendedServiceClosesTheConnectionAfterItsAnswer() throws Exception {
    Main main = service(port);
    main.start();
    main.getCamelContext().suspend();

    try (Socket connection = new Socket(InetAddress.getLoopbackAddress(), port)) {
      connection.getOutputStream().write(REQUEST);
      connection.getOutputStream().write(REQUEST);
      assertThat(answer(connection.getInputStream()))
          .isEqualTo("503 Connection: close, Retry-After: 1");
      assertThat(connection.getInputStream().readAllBytes()).isEmpty();
    } finally {
      main.stop();
    }
  }

  private void awaitMore(String answer) {
    int before = answers.getOrDefault(answer, 0);
    await().until(() -> answers.getOrDefault(answer, 0) > before + 100);
  }

  static Main service(int port) {
    Properties settings = new Properties();
    settings.setProperty("sites.port", String.valueOf(port));
    settings.setProperty("sites.management.port", String.valueOf(Ports.free()));
    settings.setProperty("sites", "stand-in");
    Main main = new Main();
    main.setOverrideProperties(settings);
    main.setDefaultPropertyPlaceholderLocation(Settings.files("sites"));
    return main;
  }

  private void ask() {
    while (!stopped) {
      try (Socket connection = new Socket(InetAddress.getLoopbackAddress(), port)) {
        for (int i = 0; i < 20; i++) {
          connection.getOutputStream().write(REQUEST);
          String answer = answer(connection.getInputStream());
          answers.merge(answer, 1, Integer::sum);
          if (!answer.equals("200")) {
            break;
          }
        }
      } catch (IOException e) {
        answers.merge("none", 1, Integer::sum);
      }
    }
  }

  /** Reads one answer; throws an exception if not even its first byte comes. */
  private static String answer(InputStream connection) throws IOException {
    StringBuilder head = new StringBuilder().append((char) connection.read());
    if (head.charAt(0) != 'H') {
      throw new IOException("closed");
    }
    try {
      while (!head.toString().endsWith("\r\n\r\n")) {
        head.append((char) connection.read());
      }
      int length = Integer.parseInt(head.toString().replaceAll("(?is).*length: (\\d+).*", "$1"));
      int read = connection.readNBytes(length).length;
      return read < length ? "half an answer" : described(head.toString());
    } catch (IOException e) {
      return "half an answer";
    }
  }

  private static String described(String head) {
    List<String> lines = head.lines().toList();
    String headers =
        lines.stream()
            .filter(line -> line.matches("(?i)(connection|retry-after): .*"))
            .sorted()
            .reduce((first, second) -> first + ", " + second)
            .orElse("");
    return (lines.get(0).substring(9, 12) + " " + headers).strip();
  }
}
