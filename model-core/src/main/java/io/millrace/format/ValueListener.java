package io.millrace.format;

/**
 * Receives the raw values behind the ids of accepted events, for dictionaries and statistics, and
 * if it wants so the names and label texts of all records.
 */
@FunctionalInterface
public interface ValueListener {

  /**
   * Receives one value of an event; missing values are left out.
   *
   * @param field index of the field
   * @param id the value's id
   * @param bytes holds the value's UTF-8 bytes; valid during the call only
   * @param from first byte
   * @param length number of bytes
   */
  void value(int field, long id, byte[] bytes, int from, int length);

  /** Receives a key of a record, or, once for all rows, a column of a file's header. */
  default void key(String name) {}

  /** Receives the text of a label, where the schema lists the texts that mean positive. */
  default void label(String text) {}

  /**
   * Receives the raw text of an event time that was rejected, as a bad time or one out of range.
   *
   * @param bytes holds the text's UTF-8 bytes; valid during the call only
   * @param from first byte
   * @param length number of bytes
   */
  default void rejectedTime(byte[] bytes, int from, int length) {}

  /** A listener that passes everything to this one and then to {@code other}. */
  default ValueListener and(ValueListener other) {
    ValueListener first = this;
    return new ValueListener() {
      @Override
      public void value(int field, long id, byte[] bytes, int from, int length) {
        first.value(field, id, bytes, from, length);
        other.value(field, id, bytes, from, length);
      }

      @Override
      public void rejectedTime(byte[] bytes, int from, int length) {
        first.rejectedTime(bytes, from, length);
        other.rejectedTime(bytes, from, length);
      }

      @Override
      public void key(String name) {
        first.key(name);
        other.key(name);
      }

      @Override
      public void label(String text) {
        first.label(text);
        other.label(text);
      }
    };
  }

  /** A listener that ignores all values. */
  static ValueListener none() {
    return (field, id, bytes, from, length) -> {};
  }
}
