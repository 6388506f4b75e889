package io.millrace.hash;

import java.io.IOException;

/** A {@link MapVersion} in the compact form that training and serving use for look-ups. */
public interface CompiledMap extends IdHash {

  /** False for an id outside the map, except for false positives of the fingerprint. */
  boolean knows(long id);

  /** The serialised form; {@link #serializedBytes} is its length. */
  byte[] toBytes();

  /**
   * Reads what {@link #toBytes} of any map wrote; the first four bytes identify the kind of map.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  static CompiledMap fromBytes(byte[] bytes, String name) throws IOException {
    return TwoLevelHash.begins(bytes)
        ? TwoLevelHash.fromBytes(bytes, name)
        : MappedHash.fromBytes(bytes, name);
  }
}
