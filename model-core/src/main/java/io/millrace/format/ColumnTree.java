package io.millrace.format;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the columns of a schema lie in a record of nested objects.
 *
 * <p>The column {@code user.id} is the value under the key {@code user.id}, or else the value under
 * {@code id} in the object under {@code user}. If a record has several of them, the one in the
 * outermost object counts, at any order of the keys. A column is missing if a step of its path is
 * absent or no object.
 *
 * <p>A tree also notes what a record had, so that a key which is read and there twice is found. Not
 * thread-safe.
 */
final class ColumnTree {

  /** The keys of one object that are read, or that lead to what is read. */
  static final class Node {
    private final Map<String, Entry> entries = new HashMap<>();

    /** What is read under {@code key}, or null. */
    Entry get(String key) {
      return entries.get(key);
    }
  }

  /** A key of an object. */
  static final class Entry {
    private final String path;
    private final int depth;

    /** Slot of the column, or -1 if the key only leads to columns. */
    private int slot = -1;

    /** Keys of the object under this key, or null if none is read. */
    private Node below;

    private long valueSeen;
    private long objectSeen;

    private Entry(String path, int depth) {
      this.path = path;
      this.depth = depth;
    }

    Node below() {
      return below;
    }
  }

  private final Node root = new Node();

  /** Depth of the object from which each slot was filled. */
  private final int[] depths;

  private long record;

  /** A tree of {@code columns}; the slot of a column is its index. */
  ColumnTree(List<String> columns) {
    depths = new int[columns.size()];
    for (int slot = 0; slot < depths.length; slot++) {
      add(root, "", columns.get(slot), slot, 0);
    }
  }

  private static void add(Node node, String prefix, String rest, int slot, int depth) {
    entry(node, prefix, rest, depth).slot = slot;
    int dot = rest.indexOf('.');
    if (dot > 0 && dot < rest.length() - 1) {
      Entry step = entry(node, prefix, rest.substring(0, dot), depth);
      step.below = step.below == null ? new Node() : step.below;
      add(step.below, step.path + ".", rest.substring(dot + 1), slot, depth + 1);
    }
  }

  private static Entry entry(Node node, String prefix, String key, int depth) {
    return node.entries.computeIfAbsent(key, k -> new Entry(prefix + k, depth));
  }

  Node root() {
    return root;
  }

  /** Starts a new record. */
  void begin() {
    record++;
    Arrays.fill(depths, Integer.MAX_VALUE);
  }

  /**
   * The slot that the value under a key fills, or -1 if the value is not read.
   *
   * @throws BrokenRecord if the key was there before in this object
   */
  int fill(Entry entry) throws BrokenRecord {
    if (entry == null || entry.slot < 0) {
      return -1;
    }
    checkOnce(entry, entry.valueSeen);
    entry.valueSeen = record;
    if (entry.depth >= depths[entry.slot]) {
      return -1;
    }
    depths[entry.slot] = entry.depth;
    return entry.slot;
  }

  /**
   * Notes that an object under {@code entry} is read.
   *
   * @throws BrokenRecord if there was an object under this key before
   */
  void enter(Entry entry) throws BrokenRecord {
    checkOnce(entry, entry.objectSeen);
    entry.objectSeen = record;
  }

  private void checkOnce(Entry entry, long seen) throws BrokenRecord {
    if (seen == record) {
      throw new BrokenRecord(
          entry.path + " is there twice, but a record must have each key that is read once");
    }
  }
}
