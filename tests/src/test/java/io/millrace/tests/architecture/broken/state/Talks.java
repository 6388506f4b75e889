package io.millrace.tests.architecture.broken.state;

import org.apache.kafka.clients.producer.Producer;

/** State that sends records. */
public final class Talks {
  /** What must not be here. */
  public Producer<String, String> producer;
}
