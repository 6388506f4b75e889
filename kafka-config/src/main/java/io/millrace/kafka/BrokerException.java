package io.millrace.kafka;

/**
 * A problem with Kafka: it is not reachable, a topic has other properties, a port is in use.
 *
 * <p>The message is one line for users.
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
