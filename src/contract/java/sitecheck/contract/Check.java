package sitecheck.contract;

/** What a trace must not have, whatever its file says. */
public enum Check {
  /** A span that no file explains. */
  UNEXPLAINED_SPAN("spans that no file explains"),

  /**
   * A scope that is not closed, or by another thread, or not in turn. Its thread goes on with a
   * context of another request.
   */
  OPEN_SCOPE("scopes that their thread has not closed"),

  /** A span of which the parent is in this JVM, and has not come. */
  MISSING_PARENT("spans without their parent"),

  /** A span of HTTP that is not as OpenTelemetry's conventions say. */
  HTTP_CONVENTIONS("spans against the conventions");

  private final String title;

  Check(String title) {
    this.title = title;
  }

  /** What is found, as the head of a list. */
  String title() {
    return title;
  }
}
