package io.millrace.kafka;

/**
 * Kafka is not as it should be: out of reach, a topic of another shape, a port in use.
 *
 * <p>The message is one line that can be shown to a user as it is.
 */
public class BrokerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A problem that Millrace found itself. */
  public BrokerException(String message) {
    super(message);
  }

  /** A problem that Kafka reported. */
  public BrokerException(String message, Throwable cause) {
    super(message, cause);
  }
}
