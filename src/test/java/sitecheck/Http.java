package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Sends requests as our clients do. Our services' answers must match {@link OpenApi}. */
public final class Http {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Http() {}

  /**
   * Sends a request without a body.
   *
   * @param headers names and values, alternating
   */
  public static HttpResponse<String> send(String method, String url, String... headers) {
    return send(
        HttpRequest.newBuilder(URI.create(url)).method(method, BodyPublishers.noBody()), headers);
  }

  public static HttpResponse<String> get(String url, String... headers) {
    return send("GET", url, headers);
  }

  public static HttpResponse<String> post(String url, String json, String... headers) {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)),
            headers);
    if (url.endsWith("/api/log") && (answer.statusCode() == 201 || answer.statusCode() == 400)) {
      assertThat(answer.statusCode()).as(json).isEqualTo(OpenApi.isEntry(json) ? 201 : 400);
    }
    return answer;
  }

  private static HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request, BodyHandlers.ofString());
  }

  /** Sends a request; fails if there is no answer within half a minute. */
  public static <T> HttpResponse<T> send(HttpRequest.Builder request, BodyHandler<T> body) {
    try {
      HttpResponse<T> answer = CLIENT.send(request.timeout(Duration.ofSeconds(30)).build(), body);
      if (answer.body() instanceof String text) {
        check(answer, text);
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void check(HttpResponse<?> answer, String body) {
    HttpRequest request = answer.request();
    Map<String, String> headers = new TreeMap<>();
    answer.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
    if (!Callee.TYPE.equals(headers.get("content-type"))) { // main passes on any body of a callee
      assertThat(
              OpenApi.violations(
                  request.method(), request.uri().getPath(), answer.statusCode(), headers, body))
          .as("%s: %s", answer, body)
          .isEmpty();
    }
  }
}
