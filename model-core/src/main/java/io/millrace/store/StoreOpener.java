package io.millrace.store;

import java.io.IOException;
import java.io.Serializable;

/** Opens stores by their places; tasks on other machines get it with their settings. */
@FunctionalInterface
public interface StoreOpener extends Serializable {

  /**
   * The store below a folder.
   *
   * @param place a path or a URI
   * @throws IllegalArgumentException if no store is known for it
   * @throws IOException if it cannot be opened
   */
  ObjectStore open(String place) throws IOException;
}
