package sitecheck.tracestore;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import zipkin2.storage.InMemoryStorage;

/**
 * A running trace store: an <a href="https://opentelemetry.io/docs/specs/otlp/#otlphttp">OTLP/HTTP
 * receiver</a> ({@code POST /v1/traces}) on one port; Zipkin's web UI ({@code /zipkin/}) and query
 * API ({@code /api/v2}), and the traces as OTLP ({@code /api/v3/traces}) on another. Spans are kept
 * in memory only.
 */
public final class TraceStore implements AutoCloseable {
  /**
   * What a trace store is started with.
   *
   * @param host the name or address to bind both ports to; whoever reaches it can read and write
   *     traces, so that {@code 127.0.0.1} is the safe choice
   * @param otlpPort where spans arrive (by convention 4318), 0 for any free port
   * @param uiPort where the UI answers (by convention 9411), 0 for any free port
   * @param maxSpans how many spans are kept, at least 1; beyond it the traces with the oldest spans
   *     go, each as a whole
   * @param maxBodyBytes how large an OTLP request may be, as sent and when decompressed, at least 1
   */
  public record Settings(String host, int otlpPort, int uiPort, int maxSpans, int maxBodyBytes) {
    /**
     * @throws IllegalArgumentException if a number is out of range or the ports are the same
     */
    public Settings {
      require(isPort(otlpPort) && isPort(uiPort), "Ports must be 0 to 65535");
      require(otlpPort != uiPort || otlpPort == 0, "OTLP and UI cannot share port " + otlpPort);
      require(maxSpans > 0, "maxSpans must be at least 1");
      require(maxBodyBytes > 0, "maxBodyBytes must be at least 1");
    }

    private static boolean isPort(int number) {
      return number >= 0 && number <= 65535;
    }

    private static void require(boolean condition, String otherwise) {
      if (!condition) {
        throw new IllegalArgumentException(otherwise);
      }
    }
  }

  private final Vertx vertx;
  private final int otlpPort;
  private final int uiPort;

  private TraceStore(Vertx vertx, int otlpPort, int uiPort) {
    this.vertx = vertx;
    this.otlpPort = otlpPort;
    this.uiPort = uiPort;
  }

  /**
   * Starts a store and waits until both ports accept requests.
   *
   * @throws IOException if a port cannot be bound; the message says which, the cause (a {@link
   *     java.net.BindException} when the port is in use) why, and nothing is left running
   */
  public static TraceStore start(Settings settings) throws IOException {
    InMemoryStorage storage =
        InMemoryStorage.newBuilder().strictTraceId(true).maxSpanCount(settings.maxSpans()).build();
    OtlpTraces traces = new OtlpTraces(settings.maxSpans());
    // Storing and querying take turns in the storage anyway: more threads would only wait.
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(4));
    try {
      int otlpPort =
          listen(
              vertx,
              settings.host(),
              settings.otlpPort(),
              new OtlpReceiver(storage, traces, settings).router(vertx));
      int uiPort =
          listen(
              vertx,
              settings.host(),
              settings.uiPort(),
              new ZipkinUi(storage, traces).router(vertx));
      return new TraceStore(vertx, otlpPort, uiPort);
    } catch (IOException | RuntimeException e) {
      vertx.close().toCompletionStage().toCompletableFuture().join();
      throw e;
    }
  }

  private static int listen(Vertx vertx, String host, int port, Router router) throws IOException {
    HttpServer server =
        vertx.createHttpServer(new HttpServerOptions().setHttp2ClearTextEnabled(false));
    try {
      return server
          .requestHandler(router)
          .listen(port, host)
          .toCompletionStage()
          .toCompletableFuture()
          .join()
          .actualPort();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      throw new IOException(
          "Cannot listen on " + host + " port " + port + ": " + cause.getMessage(), cause);
    }
  }

  /** The port where OTLP/HTTP requests are taken. */
  public int otlpPort() {
    return otlpPort;
  }

  /** The port of the UI and the query API. */
  public int uiPort() {
    return uiPort;
  }

  /** Closes both ports and forgets all spans. A second call does nothing. */
  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
