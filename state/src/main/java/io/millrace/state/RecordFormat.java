package io.millrace.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.Serializable;

/**
 * The bytes of one kind of record, between operators and in state.
 *
 * <p>An implementation has no fields and a constructor without arguments: savepoints hold the name
 * of its class and its version, and restore it from them. A new version reads the old ones too.
 *
 * @param <T> the record; immutable, as it is never copied
 */
public interface RecordFormat<T> extends Serializable {

  /** The record's class. */
  Class<T> type();

  /** The version that {@link #write} writes, at least 1. */
  default int version() {
    return 1;
  }

  /** Writes one record. */
  void write(T record, DataOutput out) throws IOException;

  /**
   * Reads one record.
   *
   * @param version the version it was written in, 1 to {@link #version}
   */
  T read(int version, DataInput in) throws IOException;
}
