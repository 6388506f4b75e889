package io.millrace.tests.job;

import io.millrace.kafka.embedded.EmbeddedBroker;
import java.nio.file.Path;

/** A broker in a process of its own, until that is killed. */
public final class BrokerProcess {
  /** What it prints once it answers. */
  public static final String READY = "broker ready";

  private BrokerProcess() {}

  /** Folder of its data, and its port. */
  public static void main(String[] args) throws InterruptedException {
    EmbeddedBroker.start(Path.of(args[0]), Integer.parseInt(args[1]));
    System.out.println(READY);
    Thread.currentThread().join();
  }
}
