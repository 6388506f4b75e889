package io.millrace.hash;

/** Maps a 64-bit id to the row of the embedding table that it uses. Immutable. */
public interface IdHash {

  /** Rows of the table; {@link #row} returns values in {@code [0, rows)}. */
  int rows();

  /** Row of {@code id}, in {@code [0, rows())}. */
  int row(long id);

  /**
   * Bytes that a server needs to hold or receive for this hash, as serialised; 0 if it is a
   * formula.
   */
  long serializedBytes();
}
