package io.millrace.format;

/** Sees the raw values behind the ids of accepted events; for dictionaries and statistics. */
@FunctionalInterface
public interface ValueListener {

  /**
   * Called for each value of an event, not for missing ones.
   *
   * @param field index of the field
   * @param id the value's id
   * @param bytes holds the value's UTF-8 bytes; valid during the call only
   * @param from first byte
   * @param length number of bytes
   */
  void value(int field, long id, byte[] bytes, int from, int length);

  /** Listens to nothing. */
  static ValueListener none() {
    return (field, id, bytes, from, length) -> {};
  }
}
