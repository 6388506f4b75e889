package io.millrace.stream;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import it.unimi.dsi.fastutil.longs.LongArrays;
import it.unimi.dsi.fastutil.longs.LongSet;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The counts of one shard as {@link IdCounts} defines them, to the bit, in pages that need not all
 * be on the heap.
 *
 * <pre>
 * table of a pane        id -> accesses, clicks
 * table of all panes     id -> decayed accesses, decayed clicks, pane it was last seen in
 * </pre>
 *
 * <p>Between two ends of panes only the tables of open panes are touched. A pane's end passes over
 * all pages in the order of their hashes, so each is fetched once or twice; what it holds on the
 * heap beside them is the table that it gives back, and as much again to sort it.
 */
public final class PagedCounts {

  private static final int FORMAT = 3;
  private static final int ACCESSES = 0;
  private static final int CLICKS = 1;
  private static final int SEEN = 2;
  private static final long DECAYED = Long.MIN_VALUE;
  private static final long NEVER = Long.MIN_VALUE;

  private final CountRules rules;
  private final int shard;
  private final PageCache cache;
  private final TreeMap<Long, PagedTable> panes = new TreeMap<>();
  private PagedTable decayed;
  private long lastPane = NEVER;
  private long ended;

  /**
   * An empty shard.
   *
   * @param shard its name in the cache's store
   */
  public PagedCounts(CountRules rules, int shard, PageCache cache) throws IOException {
    this.rules = rules;
    this.shard = shard;
    this.cache = cache;
    this.decayed = new PagedTable(cache, shard, DECAYED, 3, 2);
  }

  private PagedTable pane(long pane) throws IOException {
    PagedTable table = panes.get(pane);
    if (table == null) {
      table = new PagedTable(cache, shard, pane, 2, 0);
      panes.put(pane, table);
    }
    return table;
  }

  /** Adds {@code n[i]} accesses of {@code ids[i]} in {@code pane}, {@code clicks[i]} clicks. */
  public void add(long pane, long[] ids, long[] n, long[] clicks) throws IOException {
    PagedTable table = pane(pane);
    for (int i = 0; i < ids.length; i++) {
      table.add(ids[i], n[i], clicks[i]);
    }
    if (table.sizeAtMost() > rules.maxTallied()) {
      cutDown(table);
    }
  }

  /** Drops what a pane has too many of ids without a decayed count. */
  private void cutDown(PagedTable tally) throws IOException {
    if (tally.sizeAtMost() > rules.maxNewIds()) {
      int[] left = {rules.maxNewIds()};
      tally.forEachPage(
          (page, rows) -> {
            long[] newIds = newIds(page, rows);
            LongSet excess = CountRules.excess(newIds, left[0]);
            rows.removeIf((table, at) -> excess.contains(table.id(at)));
            left[0] -= newIds.length - excess.size();
            if (!excess.isEmpty()) {
              tally.changed(page, rows);
            }
          });
    }
  }

  private long[] newIds(Page page, IdTable rows) throws IOException {
    LongArrayList ids = new LongArrayList();
    for (long from = page.start(); from < page.end(); ) {
      Page other = decayed.page(from);
      IdTable known = decayed.open(other);
      for (int at = rows.next(-1); at >= 0; at = rows.next(at)) {
        int hash = IdTable.hash(rows.id(at));
        if (other.holds(hash) && known.find(rows.id(at), hash) < 0) {
          ids.add(rows.id(at));
        }
      }
      from = other.end();
    }
    return ids.toLongArray();
  }

  /**
   * Ends a pane.
   *
   * @return the counts of every id known, ascending by signed id
   */
  public CountTable closePane(long pane) throws IOException {
    long firstPane = pane - rules.panesPerWindow() + 1;
    clear(panes.headMap(firstPane).values());
    for (PagedTable tally : panes.values()) {
      cutDown(tally);
    }
    ended++;
    long inPane = take(rules.factor(lastPane, pane), panes.get(pane));
    lastPane = pane;
    Rows rows = new Rows(Math.toIntExact(decayed.size()));
    List<PagedTable> window = new ArrayList<>(panes.headMap(pane, true).values());
    decayed.forEachPage(
        (page, table) -> {
          forget(page, table);
          rows.addAll(page, table, window);
        });
    if (rows.n > rules.maxIds()) {
      shrink(rows);
    }
    clear(panes.headMap(firstPane + 1).values());
    return rows.sorted(inPane);
  }

  private static void clear(Collection<PagedTable> tables) throws IOException {
    for (PagedTable table : tables) {
      table.clear();
    }
    tables.clear();
  }

  /** Fades the decayed counts and adds a pane to them; returns its accesses. */
  private long take(double factor, PagedTable closing) throws IOException {
    long[] fadedAndSum = new long[2];
    if (closing != null) {
      closing.forEachPage(
          (page, rows) -> {
            fadedAndSum[0] = fade(factor, fadedAndSum[0], page.end());
            for (long from = page.start(); from < page.end(); ) {
              long to = Math.min(decayed.page(from).end(), page.end());
              fadedAndSum[1] += take(rows, from, to);
              from = to;
            }
          });
    }
    fade(factor, fadedAndSum[0], PagedTable.HASHES);
    return fadedAndSum[1];
  }

  /** Adds the rows of a range of hashes, which lie in one page of the decayed counts. */
  private long take(IdTable rows, long from, long to) throws IOException {
    long sum = 0;
    for (int at = rows.next(-1); at >= 0; at = rows.next(at)) {
      long hash = Integer.toUnsignedLong(IdTable.hash(rows.id(at)));
      if (hash >= from && hash < to) {
        long accesses = rows.get(at, ACCESSES);
        decayed.add(rows.id(at), (double) accesses, (double) rows.get(at, CLICKS), ended);
        sum += accesses;
      }
    }
    return sum;
  }

  /** Fades the pages that start at hashes of a range; returns where the last one ends. */
  private long fade(double factor, long from, long to) throws IOException {
    long next = factor == 1 ? to : from;
    while (next < to) {
      Page page = decayed.page(next);
      decayed.run(page, (p, rows) -> scale(p, rows, factor));
      next = page.end();
    }
    return next;
  }

  private void scale(Page page, IdTable rows, double factor) throws IOException {
    for (int at = rows.next(-1); at >= 0; at = rows.next(at)) {
      rows.setDouble(at, ACCESSES, rows.getDouble(at, ACCESSES) * factor);
      rows.setDouble(at, CLICKS, rows.getDouble(at, CLICKS) * factor);
    }
    decayed.changed(page, rows);
  }

  private void forget(Page page, IdTable rows) throws IOException {
    int before = rows.size();
    rows.removeIf((table, at) -> rules.forgotten(table.get(at, SEEN), ended));
    if (rows.size() < before) {
      decayed.changed(page, rows);
    }
  }

  /** Drops the smallest counts, and among equals the smaller ids, down to the bound. */
  private void shrink(Rows all) throws IOException {
    CountRules.Least least = rules.least(all.ids, all.decayed, all.n);
    decayed.forEachPage(
        (page, rows) -> {
          int before = rows.size();
          rows.removeIf((table, at) -> !least.keeps(table.id(at), table.getDouble(at, ACCESSES)));
          if (rows.size() < before) {
            decayed.changed(page, rows);
          }
        });
    all.keep(least);
  }

  /** Columns of the table that a pane's end gives, in the order in which pages come. */
  private static final class Rows {
    private final long[] ids;
    private final long[] inWindow;
    private final long[] clicksInWindow;
    private final double[] decayed;
    private final double[] decayedClicks;
    private int n;

    Rows(int capacity) {
      ids = new long[capacity];
      inWindow = new long[capacity];
      clicksInWindow = new long[capacity];
      decayed = new double[capacity];
      decayedClicks = new double[capacity];
    }

    void addAll(Page page, IdTable table, List<PagedTable> window) throws IOException {
      int first = n;
      for (int at = table.next(-1); at >= 0; at = table.next(at), n++) {
        ids[n] = table.id(at);
        decayed[n] = table.getDouble(at, ACCESSES);
        decayedClicks[n] = table.getDouble(at, CLICKS);
      }
      for (PagedTable pane : window) {
        for (long from = page.start(); from < page.end(); ) {
          Page other = pane.page(from);
          addPane(first, pane, other);
          from = other.end();
        }
      }
    }

    /** Adds what one page of a pane has of the rows from {@code first} on. */
    private void addPane(int first, PagedTable pane, Page page) throws IOException {
      IdTable rows = pane.open(page);
      for (int i = first; i < n; i++) {
        int at = rows.find(ids[i], IdTable.hash(ids[i]));
        inWindow[i] += at < 0 ? 0 : rows.get(at, ACCESSES);
        clicksInWindow[i] += at < 0 ? 0 : rows.get(at, CLICKS);
      }
    }

    void keep(CountRules.Least least) {
      int kept = 0;
      for (int i = 0; i < n; i++) {
        if (least.keeps(ids[i], decayed[i])) {
          ids[kept] = ids[i];
          inWindow[kept] = inWindow[i];
          clicksInWindow[kept] = clicksInWindow[i];
          decayed[kept] = decayed[i];
          decayedClicks[kept++] = decayedClicks[i];
        }
      }
      n = kept;
    }

    CountTable sorted(long inPane) {
      int[] order = new int[n];
      for (int i = 0; i < n; i++) {
        order[i] = i;
      }
      LongArrays.radixSortIndirect(order, ids, true);
      CountTable table = CountTable.ofIds(inPane, new long[n]);
      for (int i = 0; i < n; i++) {
        int from = order[i];
        table.ids()[i] = ids[from];
        table.inWindow()[i] = inWindow[from];
        table.clicksInWindow()[i] = clicksInWindow[from];
        table.decayed()[i] = decayed[from];
        table.decayedClicks()[i] = decayedClicks[from];
      }
      return table;
    }
  }

  /** Number of ids with a decayed count. */
  public long size() {
    return decayed.size();
  }

  /** Number of ids in the tables of open panes, an id once for each pane. */
  public long tallied() {
    return panes.values().stream().mapToLong(PagedTable::size).sum();
  }

  /** Writes all but the contents of the pages, which are in the cache and its store. */
  public void writeState(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(lastPane);
    out.writeLong(ended);
    decayed.writeState(out);
    out.writeInt(panes.size());
    for (Map.Entry<Long, PagedTable> pane : panes.entrySet()) {
      out.writeLong(pane.getKey());
      pane.getValue().writeState(out);
    }
  }

  /**
   * Reads what {@link #writeState} wrote, into a shard that is empty.
   *
   * <p>Formats 1 and 2 held all counts at once, format 1 without clicks; none said when an id was
   * last seen, which then counts from now.
   *
   * @return true if the state was of an older format, so that pages are not in the store yet
   */
  public boolean readState(DataInput in) throws IOException {
    int format = in.readByte();
    if (format < 1 || format > FORMAT) {
      throw new IOException("counts: format must be in 1.." + FORMAT + " but was " + format);
    }
    lastPane = in.readLong();
    if (format < FORMAT) {
      readCounts(in, format > 1);
      return true;
    }
    ended = in.readLong();
    decayed.clear();
    decayed = PagedTable.readState(in, cache, shard, DECAYED, 3, 2);
    for (int n = in.readInt(); n > 0; n--) {
      long pane = in.readLong();
      panes.put(pane, PagedTable.readState(in, cache, shard, pane, 2, 0));
    }
    return false;
  }

  private void readCounts(DataInput in, boolean withClicks) throws IOException {
    for (int p = in.readInt(); p > 0; p--) {
      PagedTable table = pane(in.readLong());
      for (int n = in.readInt(); n > 0; n--) {
        table.add(in.readLong(), in.readLong(), withClicks ? in.readLong() : 0);
      }
    }
    for (int n = in.readInt(); n > 0; n--) {
      decayed.add(in.readLong(), in.readDouble(), withClicks ? in.readDouble() : 0, ended);
    }
  }
}
