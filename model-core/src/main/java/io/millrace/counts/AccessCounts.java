package io.millrace.counts;

import it.unimi.dsi.fastutil.longs.LongSet;

/** Accesses and clicks by id. */
public final class AccessCounts {

  /** Receives one id's counts. */
  @FunctionalInterface
  public interface Visitor {
    /** {@code clicks} of the {@code accesses} were clicks. */
    void visit(long id, long accesses, long clicks);
  }

  private static final int ACCESSES = 0;
  private static final int CLICKS = 1;

  private final IdTable table = new IdTable(2, 0);

  /**
   * Adds to an id's counts.
   *
   * @param more accesses to add, at least 1
   * @param clicked how many of them were clicks
   * @return true if the id is new
   */
  public boolean add(long id, long more, long clicked) {
    int before = table.size();
    int at = table.claim(id, IdTable.hash(id));
    table.add(at, ACCESSES, more);
    table.add(at, CLICKS, clicked);
    return table.size() > before;
  }

  /** Number of ids. */
  int size() {
    return table.size();
  }

  /** Drops ids and their counts. */
  void removeAll(LongSet ids) {
    table.removeIf((t, at) -> ids.contains(t.id(at)));
  }

  /** Drops all ids. */
  public void clear() {
    table.clear();
  }

  /** Visits every id, in no order. */
  public void forEach(Visitor visitor) {
    for (int at = table.next(-1); at >= 0; at = table.next(at)) {
      visitor.visit(table.id(at), table.get(at, ACCESSES), table.get(at, CLICKS));
    }
  }

  /** Accesses of all ids. */
  long accesses() {
    long sum = 0;
    for (int at = table.next(-1); at >= 0; at = table.next(at)) {
      sum += table.get(at, ACCESSES);
    }
    return sum;
  }

  /** Accesses of an id, 0 if it is unknown. */
  long accesses(long id) {
    return get(id, ACCESSES);
  }

  /** Clicks among the accesses of an id. */
  long clicks(long id) {
    return get(id, CLICKS);
  }

  private long get(long id, int column) {
    int at = table.find(id, IdTable.hash(id));
    return at < 0 ? 0 : table.get(at, column);
  }
}
