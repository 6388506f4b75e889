package io.millrace.serving.request;

/** A request that cannot be answered, with its HTTP status. */
public final class RequestException extends Exception {

  private static final long serialVersionUID = 1;

  private final int status;

  /**
   * A request that cannot be answered.
   *
   * @param status the HTTP status of the answer
   * @param message the rule that it breaks, and what breaks it
   */
  public RequestException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The HTTP status of the answer. */
  public int status() {
    return status;
  }
}
