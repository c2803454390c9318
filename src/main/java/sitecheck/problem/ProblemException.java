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

  /** Throws a problem with status 400 unless the condition holds. */
  public static void require(boolean holds, String otherwise) {
    require(holds, 400, otherwise);
  }

  /** Throws a problem unless the condition holds. */
  public static void require(boolean holds, int status, String otherwise) {
    if (!holds) {
      throw new ProblemException(status, otherwise);
    }
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }
}
