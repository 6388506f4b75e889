package io.millrace.tests.storage;

import io.millrace.store.LocalObjectStore;
import io.millrace.store.ObjectStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LocalObjectStoreTest extends ObjectStoreContract {

  @TempDir Path folder;

  @Override
  ObjectStore store() {
    return new LocalObjectStore(folder.resolve("not there yet"));
  }

  @Override
  boolean oneWriterWins() {
    return true;
  }
}
