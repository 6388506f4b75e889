package io.millrace.hash;

import java.io.IOException;

/** A {@link MapVersion} in the compact form that training and serving look ids up in. */
public interface CompiledMap extends IdHash {

  /** False for an id outside of the map, except for the share of them that passes for known. */
  boolean knows(long id);

  /** The serialised form; {@link #serializedBytes} is its length. */
  byte[] toBytes();

  /**
   * Reads what {@link #toBytes} of any map wrote; which one is said by its first four bytes.
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
