package sitecheck.contract;

/** A check for a flaw that no trace may have, whatever its file says. */
public enum Check {
  /** A span that no file explains. */
  UNEXPLAINED_SPAN("spans that no file explains"),

  /**
   * A scope that is not closed, or is closed by another thread or out of order. Its thread
   * continues with the context of another request.
   */
  OPEN_SCOPE("scopes that their thread has not closed"),

  /** A span with a parent that belongs to this JVM, but is missing. */
  MISSING_PARENT("spans without their parent"),

  /** An HTTP span that does not follow OpenTelemetry's conventions. */
  HTTP_CONVENTIONS("spans against the conventions");

  private final String title;

  Check(String title) {
    this.title = title;
  }

  /** The heading of the list of findings. */
  String title() {
    return title;
  }
}
