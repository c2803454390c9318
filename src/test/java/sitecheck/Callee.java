package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A callee over real HTTP: it answers as configured, and keeps the requests. */
public final class Callee implements AutoCloseable {

  /** A request as received. */
  public record Request(String line, Headers headers, String body) {}

  /** Answers a request. */
  public interface Answer {
    void to(HttpExchange request) throws IOException, InterruptedException;
  }

  /** The media type of a callee's answers. */
  static final String TYPE = "text/x-callee";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final HttpServer server;
  private volatile Answer answer;

  /** Listens on a free port. */
  public Callee() {
    this("127.0.0.1", 0);
  }

  public Callee(String host, int port) {
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  public Callee answers(Answer answer) {
    this.answer = answer;
    return this;
  }

  /** Answers with a status and a body. */
  public Callee answers(int status, String body) {
    return answers(request -> send(request, status, body));
  }

  /** Answers with 200 once the latch has reached zero. */
  public Callee answersAfter(CountDownLatch release) {
    return answers(
        request -> {
          release.await();
          send(request, 200, "");
        });
  }

  /** Accepts requests, and never answers. */
  public Callee hangs() {
    return answers(request -> closed.await());
  }

  public static void send(HttpExchange request, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    request.getResponseHeaders().set("Content-Type", TYPE);
    boolean head = request.getRequestMethod().equals("HEAD");
    request.sendResponseHeaders(status, head || bytes.length == 0 ? -1 : bytes.length);
    if (!head) {
      request.getResponseBody().write(bytes);
    }
    request.close();
  }

  /** Takes the next request; fails if none arrives in time. */
  public Request takeRequest() {
    try {
      Request request = requests.poll(5, TimeUnit.SECONDS);
      assertThat(request).as("a request to the callee").isNotNull();
      return request;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether there is a request that no test has taken. */
  public boolean wasAsked() {
    return !requests.isEmpty();
  }

  /** The requests that no test has taken. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  public void assertNothingLeft() {
    assertThat(requests).as("requests that no test has taken").isEmpty();
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    requests.add(
        new Request(
            exchange.getRequestMethod() + " " + exchange.getRequestURI(),
            exchange.getRequestHeaders(),
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
    try {
      answer.to(exchange);
    } catch (InterruptedException closing) {
      exchange.close();
    }
  }
}
