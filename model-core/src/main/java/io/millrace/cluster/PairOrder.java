package io.millrace.cluster;

/**
 * A lexicographic order of pairs: by some keys, the most significant first, then by position.
 *
 * <p>Stable sorts by one key after the other give the lexicographic order of the keys in reverse:
 * (this key, the key before, ..., position).
 */
final class PairOrder {

  private final PairKey[] keys = new PairKey[PairKey.values().length];
  private int depth;

  /** Number of keys. */
  int depth() {
    return depth;
  }

  /** Key number {@code d}, from 0. */
  PairKey key(int d) {
    return keys[d];
  }

  /** Removes all keys: only the order of position remains. */
  void clear() {
    depth = 0;
  }

  /** Applies a stable sort by {@code key}; true if the key is new in the order. */
  boolean sortBy(PairKey key) {
    int at = 0;
    while (at < depth && keys[at] != key) {
      at++;
    }
    boolean added = at == depth;
    depth = Math.max(depth, at + 1);
    System.arraycopy(keys, 0, keys, 1, at);
    keys[0] = key;
    return added;
  }
}
