package io.millrace.counts;

import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import it.unimi.dsi.fastutil.longs.LongSet;
import java.io.IOException;
import java.util.List;

/**
 * Finds the new ids of open panes, those without a decayed count, and limits their number in a
 * pane.
 *
 * <p>Several tables are read together, one range of hashes at a time that lies in one page of each.
 *
 * @param decayed the table of all panes
 */
record NewIds(CountRules rules, PagedTable decayed) {

  /** Drops the {@link CountRules#excess} of new ids from the tables of a pane. */
  void cutDown(List<PagedTable> tables) throws IOException {
    if (tables.stream().mapToLong(PagedTable::sizeAtMost).sum() > rules.maxNewIds()) {
      int left = rules.maxNewIds();
      for (long from = 0; from < PagedTable.HASHES; ) {
        long to = end(tables, from, PagedTable.HASHES);
        LongSet newIds = in(tables, from, to);
        LongSet excess = CountRules.excess(newIds.toLongArray(), left);
        left -= newIds.size() - excess.size();
        if (!excess.isEmpty()) {
          removeAll(tables, from, to, excess);
        }
        from = to;
      }
    }
  }

  /** The new ids of tables whose hashes are in {@code [from, to)}. */
  LongSet in(List<PagedTable> tables, long from, long to) throws IOException {
    LongSet ids = new LongOpenHashSet();
    for (PagedTable table : tables) {
      table.forEachPage(
          from,
          to,
          (page, rows) ->
              decayed.forEachPage(
                  Math.max(from, page.start()),
                  Math.min(to, page.end()),
                  (other, known) -> addMissing(rows, from, to, other, known, ids)));
    }
    return ids;
  }

  /** Adds the ids of rows, of a range of hashes, that a page of decayed counts does not hold. */
  private static void addMissing(
      IdTable rows, long from, long to, Page page, IdTable known, LongSet ids) {
    for (int at = rows.next(-1); at >= 0; at = rows.next(at)) {
      long id = rows.id(at);
      int hash = IdTable.hash(id);
      if (CountRows.within(id, from, to) && page.holds(hash) && known.find(id, hash) < 0) {
        ids.add(id);
      }
    }
  }

  private static void removeAll(List<PagedTable> tables, long from, long to, LongSet ids)
      throws IOException {
    for (PagedTable table : tables) {
      table.forEachPage(
          from,
          to,
          (page, rows) -> {
            int before = rows.size();
            rows.removeIf((all, at) -> ids.contains(all.id(at)));
            if (rows.size() < before) {
              table.changed(page, rows);
            }
          });
    }
  }

  /** The lowest end of the pages that hold the hash {@code from}; at most {@code limit}. */
  static long end(List<PagedTable> tables, long from, long limit) {
    long end = limit;
    for (PagedTable table : tables) {
      end = Math.min(end, table.page(from).end());
    }
    return end;
  }

  /** Number of new ids of tables. */
  long count(List<PagedTable> tables) throws IOException {
    long sum = 0;
    for (long from = 0; from < PagedTable.HASHES; ) {
      long to = end(tables, from, PagedTable.HASHES);
      sum += in(tables, from, to).size();
      from = to;
    }
    return sum;
  }
}
