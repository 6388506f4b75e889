package io.millrace.tests.architecture.broken.runs.page;

import org.apache.kafka.clients.consumer.Consumer;

/** A page that reads a topic. */
public final class Serves {
  /** What must not be here. */
  public Consumer<String, String> consumer;
}
