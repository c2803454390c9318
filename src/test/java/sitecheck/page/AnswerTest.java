package sitecheck.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sitecheck.Callee;
import sitecheck.problem.ProblemException;

@Timeout(30)
class AnswerTest {

  private final Callee callee = new Callee();
  private final String url = "http://127.0.0.1:" + callee.port() + "/";

  @AfterEach
  void closeCallee() {
    callee.close();
  }

  private static void fails(ThrowingCallable call, int status, String detail) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProblemException.class, it -> assertThat(it.status()).isEqualTo(status))
        .hasMessage(detail);
  }

  private Answer ask(Duration limit) throws InterruptedException {
    return Answer.of("the callee", HttpRequest.newBuilder(URI.create(url)).timeout(limit));
  }

  @Test
  void anyStatusIsAnAnswer() throws InterruptedException {
    callee.answers(500, "why");

    Answer answer = ask(Duration.ofSeconds(20));

    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).isEqualTo("why");
  }

  @Test
  void anAnswerThatNeverEndsIsATimeout() {
    callee.answers(
        request -> {
          request.sendResponseHeaders(200, 0);
          OutputStream body = request.getResponseBody();
          while (!Thread.interrupted()) {
            body.write(' ');
            body.flush();
          }
        });

    fails(() -> ask(Duration.ofMillis(100)), 504, "no answer from the callee");
  }

  @Test
  void aCalleeThatHangsIsATimeout() {
    callee.hangs();

    fails(() -> ask(Duration.ofMillis(100)), 504, "no answer from the callee");
  }

  @Test
  void anAnswerThatIsTooLongIsNotRead() {
    callee.answers(200, "x".repeat(4 * 1024 * 1024 + 1));

    fails(() -> ask(Duration.ofSeconds(20)), 502, "the answer from the callee is too long");
  }

  @Test
  void aCalleeThatIsDownHasNoAnswer() {
    callee.close();

    fails(() -> ask(Duration.ofSeconds(20)), 502, "no answer from the callee");
  }
}
