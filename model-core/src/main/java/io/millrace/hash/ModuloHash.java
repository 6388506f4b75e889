package io.millrace.hash;

import io.millrace.math.Mix64;

/**
 * The hashing trick: one row per id by arithmetic, without a map.
 *
 * <p>Called modulo as in the papers, but the id is mixed first: with the plain remainder of ids
 * that are numbered by frequency, hot ids never collide, which would make the baseline too good.
 *
 * @param rows rows of the table, at least 1
 * @param seed chooses one of 2^64 hashes
 */
public record ModuloHash(int rows, long seed) implements IdHash {

  public ModuloHash {
    if (rows < 1) {
      throw new IllegalArgumentException("rows must be >= 1 but was " + rows);
    }
  }

  @Override
  public int row(long id) {
    return Mix64.reduce(Mix64.mix(id, seed), rows);
  }

  /** 0: the hash is a formula. */
  @Override
  public long serializedBytes() {
    return 0;
  }
}
