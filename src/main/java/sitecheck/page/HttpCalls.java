package sitecheck.page;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Calls that are no part of a trace, for Camel's tracer does not see them. */
final class HttpCalls {

  /** Longer than main waits for any answer. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Whose span does not count: a context that is not sampled. */
  private static final String UNSAMPLED = "00-%032x-%016x-00".formatted(1, 1);

  private HttpClient client;

  /** Asks as a client does, with whose request a trace begins. */
  HttpResponse<String> request(String url) throws IOException {
    return send(HttpRequest.newBuilder(URI.create(url)));
  }

  /** Asks without leaving a trace. */
  HttpResponse<String> get(String url) throws IOException {
    return send(HttpRequest.newBuilder(URI.create(url)).header("traceparent", UNSAMPLED));
  }

  /** Sends JSON without leaving a trace. */
  HttpResponse<String> put(String url, String json) throws IOException {
    return send(
        HttpRequest.newBuilder(URI.create(url))
            .header("traceparent", UNSAMPLED)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(json)));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return client().send(request.timeout(LIMIT).build(), BodyHandlers.ofString());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  /** Made when it is first needed: it sets up TLS, for which no start has to wait. */
  private synchronized HttpClient client() {
    if (client == null) {
      client =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(Duration.ofSeconds(1))
              .build();
    }
    return client;
  }
}
