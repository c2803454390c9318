package sitecheck.spans;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** Takes spans as OTLP over HTTP, and keeps every one as it came. */
public final class OtlpSink implements AutoCloseable {

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<ReceivedSpan> spans = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  /** Listens on a free port. */
  public OtlpSink() {
    this("127.0.0.1", 0);
  }

  public OtlpSink(String host, int port) {
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** All that have come by now, in the order in which they came. */
  public List<ReceivedSpan> spans() {
    return List.copyOf(spans);
  }

  /** The same, by the trace. */
  public Map<String, List<ReceivedSpan>> traces() {
    return spans.stream().collect(Collectors.groupingBy(ReceivedSpan::traceId));
  }

  private void take(HttpExchange request) throws IOException {
    var received = ExportTraceServiceRequest.parseFrom(request.getRequestBody().readAllBytes());
    for (ResourceSpans ofResource : received.getResourceSpansList()) {
      for (ScopeSpans ofScope : ofResource.getScopeSpansList()) {
        ofScope
            .getSpansList()
            .forEach(span -> spans.add(new ReceivedSpan(ofResource.getResource(), span)));
      }
    }
    request.sendResponseHeaders(200, -1);
    request.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
