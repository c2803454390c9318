package sitecheck.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.camel.CamelContext;
import sitecheck.problem.ProblemException;
import sitecheck.trace.Trace;

/** The answer, of any status, to a call that Camel's tracer does not see. */
record Answer(int status, HttpHeaders headers, String body) {
  private static final int MAX_BYTES = 4 * 1024 * 1024; // of a body
  private static final Duration LIMIT = Duration.ofSeconds(30); // main answers sooner than that
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();

  /** The body is larger than 4 MiB. */
  static final class TooLong extends ProblemException {
    private TooLong(String callee) {
      super(502, "the answer from " + callee + " is too long");
    }
  }

  /** A GET request without a trace; its URL may contain settings such as {@code {{main.host}}}. */
  static HttpRequest.Builder unsampled(CamelContext context, String url) {
    return HttpRequest.newBuilder(URI.create(context.resolvePropertyPlaceholders(url)))
        .header("traceparent", Trace.UNSAMPLED);
  }

  /** The body as JSON; throws a problem 502 if it is none. */
  JsonNode json(String callee) {
    try {
      return new ObjectMapper().readTree(body);
    } catch (JsonProcessingException e) {
      throw new ProblemException(502, callee + " answered with something other than JSON");
    }
  }

  /** Waits for the whole answer, at most the request's timeout; throws a problem 504 or 502. */
  static Answer of(String callee, HttpRequest.Builder builder) throws InterruptedException {
    HttpRequest request = builder.build();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    var call =
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
      var answer = call.get(request.timeout().orElse(LIMIT).toMillis(), MILLISECONDS);
      return new Answer(answer.statusCode(), answer.headers(), body.toString(UTF_8));
    } catch (TimeoutException | ExecutionException e) {
      call.cancel(true);
      if (body.size() > MAX_BYTES) {
        throw new TooLong(callee);
      }
      boolean late = e instanceof TimeoutException || e.getCause() instanceof HttpTimeoutException;
      throw new ProblemException(late ? 504 : 502, "no answer from " + callee);
    }
  }
}
