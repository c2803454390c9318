package sitecheck.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import sitecheck.problem.ProblemException;

/** The answer to a call that Camel's tracer does not see, whatever its status. */
record Answer(int status, HttpHeaders headers, String body) {
  private static final int MAX_BYTES = 16 * 1024 * 1024;
  private static final Duration LIMIT = Duration.ofSeconds(30); // longer than main ever waits

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();

  /** A GET request that leaves no trace. */
  static HttpRequest.Builder unsampled(String url) {
    String context = "00-%032x-%016x-00".formatted(1, 1);
    return HttpRequest.newBuilder(URI.create(url)).header("traceparent", context);
  }

  /**
   * Sends the request; its timeout is for the whole answer.
   *
   * @throws ProblemException that names the callee: 504 when it takes too long, 502 when it fails
   *     or answers with more than 16 MiB
   */
  static Answer of(String callee, HttpRequest.Builder builder) throws InterruptedException {
    HttpRequest request = builder.build();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    CompletableFuture<HttpResponse<Void>> call =
        CLIENT.sendAsync(
            request,
            BodyHandlers.ofByteArrayConsumer(
                part -> {
                  body.writeBytes(part.orElse(new byte[0]));
                  if (body.size() > MAX_BYTES) {
                    throw new IllegalStateException(); // ends the call
                  }
                }));
    try {
      long limit = request.timeout().orElse(LIMIT).toMillis();
      HttpResponse<Void> answer = call.get(limit, MILLISECONDS);
      return new Answer(answer.statusCode(), answer.headers(), body.toString(UTF_8));
    } catch (TimeoutException | ExecutionException e) {
      call.cancel(true);
      boolean late = e instanceof TimeoutException || e.getCause() instanceof HttpTimeoutException;
      String problem = body.size() > MAX_BYTES ? "too long an answer" : "no answer";
      throw new ProblemException(late ? 504 : 502, problem + " from " + callee);
    }
  }
}
