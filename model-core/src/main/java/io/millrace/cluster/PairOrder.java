package io.millrace.cluster;

/**
 * A lexicographic order of pairs: by some keys, the one that decides first first, then by position.
 *
 * <p>Sorting stably by one key after the other gives the same order as the keys in reverse: (this
 * key, the key before, ..., position).
 */
final class PairOrder {

  private final PairKey[] keys = new PairKey[PairKey.values().length];
  private int depth;

  /** Number of keys. */
  int depth() {
    return depth;
  }

  /** The key that decides after {@code d} others. */
  PairKey key(int d) {
    return keys[d];
  }

  /** Forgets all keys: what remains is the order of position. */
  void clear() {
    depth = 0;
  }

  /** Sorts stably by {@code key}; true if it is new to the order. */
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
