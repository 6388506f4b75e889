package io.millrace.tests.architecture.broken.state;

import java.io.ObjectInputStream;
import org.apache.kafka.clients.producer.Producer;

/** State that sends records, and makes whatever objects its bytes name. */
public final class Talks {
  /** What must not be here. */
  public Producer<String, String> producer;

  /** What must not be here. */
  public ObjectInputStream objects;
}
