package sitecheck.problem;

/** Ends a request with a problem as its answer; the message is its detail, for the client. */
public class ProblemException extends RuntimeException {
  private final int status;

  /** A request that makes no sense: status 400. */
  public ProblemException(String detail) {
    this(400, detail);
  }

  /** A problem with a status of 400 or more. */
  public ProblemException(int status, String detail) {
    super(detail);
    this.status = status;
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }
}
