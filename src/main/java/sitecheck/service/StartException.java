package sitecheck.service;

/** Why nothing was started, in one line that says what was wrong and what to do. */
public final class StartException extends RuntimeException {

  public StartException(String message) {
    super(message);
  }

  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
