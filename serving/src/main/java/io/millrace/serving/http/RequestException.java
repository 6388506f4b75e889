package io.millrace.serving.http;

/** A request that cannot be answered, with its HTTP status. */
final class RequestException extends Exception {

  private static final long serialVersionUID = 1;

  private final int status;

  RequestException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The HTTP status of the answer. */
  int status() {
    return status;
  }
}
