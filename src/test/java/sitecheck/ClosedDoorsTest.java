package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.service.Port;
import sitecheck.service.StartException;

/** Tests which connections and requests a service accepts, and for how long. */
class ClosedDoorsTest {

  private static final String BODY =
      "POST /api/log HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n%s\r\n";

  private final Map<String, String> settings = Ports.settings();
  private SiteCheck system;

  private void start() {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    system = new SiteCheck(List.of(), settings, nowhere);
    system.start();
  }

  @AfterEach
  void stop() {
    system.close();
  }

  private int port(String service) {
    return Integer.parseInt(settings.get(service + ".port"));
  }

  private String url(String path) {
    return "http://127.0.0.1:" + port("main") + path;
  }

  private Socket connected(String service, String says) throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), port(service));
    client.getOutputStream().write(says.getBytes(StandardCharsets.UTF_8));
    return client;
  }

  /** Waits until the service closes the connection, and sends the drop at each poll. */
  private static void awaitClosed(Socket client, String drop) throws IOException {
    client.setSoTimeout(1);
    await()
        .until(
            () -> {
              try {
                client.getOutputStream().write(drop.getBytes(StandardCharsets.UTF_8));
                return client.getInputStream().read(new byte[9999]) < 0;
              } catch (SocketTimeoutException open) {
                return false;
              } catch (IOException closed) {
                return true;
              }
            });
    client.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET / HTTP/1.1\r\nHost: a\r\nX: ",
        "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /api/log HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
        "POST /api/log HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
        "POST /api/log HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n"
      })
  void aTooSlowClientIsCutOff(String says) throws Exception {
    settings.put("request.timeout", "300");
    start();

    awaitClosed(connected("log", says), "");
    awaitClosed(connected("log", says), "a");
  }

  @Test
  void aClientThatWaitsForAnAnswerIsNotCutOff() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (Callee site = new Callee().answersAfter(release)) {
      settings.put("site.baidu.url", "http://127.0.0.1:" + site.port());
      settings.put("site.timeout", "60000");
      settings.put("check-sites.timeout", "60000");
      settings.put("upstream.timeout", "60000");
      settings.put("request.timeout", "300");
      start();
      String slow =
          "GET /check-baidu HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
              + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na";
      Socket waits = connected("main", slow);
      site.takeRequest();

      awaitClosed(connected("main", ""), "");
      release.countDown();

      assertThat(new String(waits.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .endsWith("{\"connected\":true}");
      waits.close();
    }
  }

  @Test
  void aSlowRequestHoldsNoWorker() throws Exception {
    settings.put("requests.max", "1");
    start();
    try (Socket one = connected("main", "GET / HTTP/1.1\r\nHost: a\r\n");
        Socket other = connected("log", BODY.formatted(""))) {
      assertThat(Http.get(url("/check-sites")).statusCode()).isEqualTo(200);
      assertThat(one.isClosed() || other.isClosed()).isFalse();
    }
  }

  @Test
  void oneConnectionTooManyIsClosedAndTheNextIsNot() throws Exception {
    settings.put("connections.max", "2");
    start();
    String asks = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
    Socket first = connected("main", asks);
    Socket second = connected("main", asks);
    assertThat(first.getInputStream().read()).isEqualTo('H');
    assertThat(second.getInputStream().read()).isEqualTo('H');

    awaitClosed(connected("main", ""), "");
    first.close();

    await()
        .until(
            () -> {
              try (Socket third = connected("main", asks)) {
                return third.getInputStream().read() == 'H';
              } catch (IOException closed) {
                return false;
              }
            });
    second.close();
  }

  @Test
  void idleClientsOfAServiceLeaveRoomForTheProbe() throws Exception {
    settings.put("connections.max", "2");
    start();
    String asks = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
    try (Socket first = connected("main", asks);
        Socket second = connected("main", asks)) {
      assertThat(first.getInputStream().read()).isEqualTo('H');
      assertThat(second.getInputStream().read()).isEqualTo('H');

      String health = "http://127.0.0.1:" + port("main.management") + "/observe/health/live";
      assertThat(Http.get(health).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void eachServiceRefusesTooLargeBodies() {
    start();

    String large = "x".repeat(65_537);
    assertThat(Http.post(url("/check-sites"), large.substring(0, 1025)).statusCode())
        .isEqualTo(413);
    String log = "http://127.0.0.1:" + port("log") + "/api/log";
    assertThat(Http.post(log, large).statusCode()).isEqualTo(413);
    assertThat(Http.post(log, large.substring(1)).statusCode()).isEqualTo(400);
  }

  @Test
  void allListenOnThisMachineAlone() {
    start();

    assertThat(settings.keySet().stream().filter(name -> name.endsWith(".port")).map(settings::get))
        .hasSizeGreaterThanOrEqualTo(8)
        .allMatch(port -> !new Port("127.0.0.1", Integer.parseInt(port)).isFree())
        .allMatch(port -> new Port("127.0.0.2", Integer.parseInt(port)).isFree());
  }

  @Test
  void mainSpeaksHttpsWithACertificateAndNothingElse(@TempDir Path folder) throws Exception {
    KeyStore made = certificate(folder);
    start();

    SSLContext context = SelfSigned.context(made);
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url("/check-sites").replace("http:", "https:"))).build();

    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());

    assertThat(answer.body()).isEqualTo("{\"baidu\":true,\"qq\":true}");
    assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
    HttpRequest compare = HttpRequest.newBuilder(request.uri().resolve("/compare")).build();
    assertThat(client.send(compare, BodyHandlers.ofString()).body())
        .contains("501", "does not work if main has a certificate");
    String health = "http://127.0.0.1:" + port("main.management") + "/observe/health/live";
    assertThat(Http.get(health).statusCode()).isEqualTo(200);
    assertThat(system.summary()).contains("https://127.0.0.1:" + port("main"));
    assertThat(
            RawHttp.ask(port("main"), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Duration.ofSeconds(30)))
        .doesNotContain("HTTP/1.1");
  }

  @Test
  void aCertificateThatCannotBeReadIsSaid(@TempDir Path folder) throws Exception {
    certificate(folder);
    Files.writeString(folder.resolve("key.pem"), "nothing");

    assertThatThrownBy(this::start)
        .isInstanceOf(StartException.class)
        .hasMessageContaining("main did not start: main.tls.certificate and main.tls.key: ");
  }

  /** Gives main a self-signed certificate. */
  private KeyStore certificate(Path folder) throws Exception {
    KeyStore made = SelfSigned.store(folder);
    Certificate certificate = made.getCertificate("a");
    Key key = made.getKey("a", SelfSigned.PASSWORD);
    settings.put("main.tls.certificate", pem(folder, "certificate", certificate.getEncoded()));
    settings.put("main.tls.key", pem(folder, "key", key.getEncoded()));
    return made;
  }

  private static String pem(Path folder, String name, byte[] content) throws IOException {
    String label = name.equals("key") ? "PRIVATE KEY" : "CERTIFICATE";
    String text = Base64.getMimeEncoder().encodeToString(content);
    Path file = folder.resolve(name + ".pem");
    Files.writeString(
        file, "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(label, text));
    return file.toString();
  }
}
