package sitecheck.problem;

/** Ends a request with a problem as its answer. The message is the detail that the client reads. */
public class ProblemException extends RuntimeException {
  private final int status;

  /** The client's mistake: status 400. */
  public ProblemException(String detail) {
    this(400, detail);
  }

  /** A problem with a status of at least 400. */
  public ProblemException(int status, String detail) {
    super(detail);
    this.status = status;
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }
}
