package io.millrace.hash;

import io.millrace.math.Mix64;

/**
 * Several independent hashes of an id, each into an internal table of its own; two hashes are the
 * "hashing trick with two internal tables" of "Learning to Collide" (Ghaemmaghami et al. 2022),
 * known as double hashing.
 *
 * <pre>row_h(id) = h R + reduce(mix(id, seed + h), R),   h = 0 .. H-1,   H R rows in all</pre>
 *
 * <p>Two ids share all of their rows only with probability {@code R^-H}; with a single hash into as
 * many rows they collide with {@code 1 / (H R)}.
 *
 * @param lookups internal tables {@code H}, at least 1
 * @param rowsEach rows {@code R} of each internal table, at least 1
 * @param seed chooses the hashes
 */
public record MultiHash(int lookups, int rowsEach, long seed) implements IdHash {

  public MultiHash {
    if (lookups < 1) {
      throw new IllegalArgumentException("lookups must be >= 1 but was " + lookups);
    }
    if (rowsEach < 1) {
      throw new IllegalArgumentException("rows must be >= 1 but was " + rowsEach);
    }
    Math.multiplyExact(lookups, rowsEach);
  }

  @Override
  public int rows() {
    return lookups * rowsEach;
  }

  @Override
  public int row(long id) {
    return row(id, 0);
  }

  private int row(long id, int h) {
    return h * rowsEach + Mix64.reduce(Mix64.mix(id, seed + h), rowsEach);
  }

  @Override
  public int lookUp(long id, int[] rows) {
    for (int h = 0; h < lookups; h++) {
      rows[h] = row(id, h);
    }
    return lookups;
  }

  /** 0: the hash is a formula. */
  @Override
  public long serializedBytes() {
    return 0;
  }
}
