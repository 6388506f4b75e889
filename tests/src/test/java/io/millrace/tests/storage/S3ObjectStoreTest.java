package io.millrace.tests.storage;

import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class S3ObjectStoreTest extends ObjectStoreContract {

  private static final AtomicInteger STORES = new AtomicInteger();
  private static S3Server server;

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server();
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @Override
  ObjectStore store() throws IOException {
    return S3Server.store("store-" + STORES.incrementAndGet());
  }

  @Override
  boolean oneWriterWins() {
    return false;
  }
}
