package sitecheck.service;

import java.util.stream.Collectors;
import org.apache.camel.util.ObjectHelper;
import org.springframework.core.NestedExceptionUtils;

/** Says in one line why the start failed and what to do. */
public final class StartException extends RuntimeException {
  public StartException(String message) {
    super(message);
  }

  public StartException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Finds the reason: our own exception, Camel's message with the route's name, or the root. */
  public static StartException of(String service, Exception failure) {
    StartException ours = ObjectHelper.getException(StartException.class, failure);
    if (ours != null) {
      return ours;
    }
    Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
    String reason = oneLine(failure);
    String cause = oneLine(root);
    if (!reason.contains(cause)) {
      boolean isCamels = failure.getClass().getName().startsWith("org.apache.camel.");
      reason = isCamels ? cause : reason + ": " + cause;
    }
    return new StartException("%s did not start: %s".formatted(service, reason), failure);
  }

  private static String oneLine(Throwable failure) {
    return String.valueOf(failure.getMessage())
        .lines()
        .limit(2)
        .map(String::strip)
        .collect(Collectors.joining(" "));
  }
}
