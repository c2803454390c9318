package sitecheck.routes;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.sql.SQLException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Message;
import org.apache.camel.util.ObjectHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.NestedRuntimeException;
import sitecheck.problem.ProblemDetail;
import sitecheck.problem.ProblemException;
import sitecheck.service.Settings;

/** Answers an exception with a problem, which reveals nothing about the inside. */
public final class ExceptionAnswer {
  private static final Logger LOG = LoggerFactory.getLogger(ExceptionAnswer.class);

  /** The time of the last log line about the database: one a second is enough. */
  private static final AtomicLong LAST_LINE = new AtomicLong(System.nanoTime() - 1_000_000_001);

  /** Logs an unexpected exception. */
  public static void answer(
      Message message, @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure) {
    if (failure instanceof ProblemException problem) {
      ProblemDetail.answer(message, problem.status(), problem.getMessage());
    } else if (failure instanceof NestedRuntimeException // Spring's for most of JDBC's
        || failure instanceof SQLException) {
      long last = LAST_LINE.get();
      long now = System.nanoTime();
      if (now - last > 1_000_000_000 && LAST_LINE.compareAndSet(last, now)) {
        String cause = NestedExceptionUtils.getMostSpecificCause(failure).toString();
        LOG.warn("Answered with status 503: {} ({})", failure.getMessage(), cause);
      }
      ProblemDetail.answer(message, 503, "the database is not available now");
    } else if (failure instanceof RejectedExecutionException) { // by a throttle
      ProblemDetail.answer(message, 503, "there are too many of these requests: try again");
    } else if (failure instanceof JsonProcessingException) {
      ProblemDetail.answer(message, 502, "an answer cannot be read");
    } else if (failure instanceof IOException) {
      String callee = callee(message.getExchange());
      ProblemDetail.answer(message, statusOf(failure), "no answer from " + callee);
    } else {
      LOG.error("Answered with status 500", failure);
      ProblemDetail.answer(message, 500, ProblemDetail.OUR_FAULT);
    }
  }

  /** The status for a failed call: 504 if it took too long, else 502. */
  static int statusOf(Exception failure) {
    return ObjectHelper.getException(InterruptedIOException.class, failure) == null ? 502 : 504;
  }

  /** The service that was called last, or the setting with the URL. */
  private static String callee(Exchange exchange) {
    String address = exchange.getProperty(Exchange.TO_ENDPOINT, String.class).split("[/?]+")[1];
    return Settings.serviceAt(exchange.getContext(), address).orElse(address);
  }
}
