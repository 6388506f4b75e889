package io.millrace.counts;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The counts of one shard as {@link IdCounts} defines them, to the bit, in pages that need not all
 * be on the heap.
 *
 * <pre>
 * table of a pane        id -> accesses, clicks of its closed sub-windows
 * table of an open sub-window  id -> accesses, clicks
 * table of all panes     id -> decayed accesses, decayed clicks, pane it was last seen in
 * </pre>
 *
 * <p>Between two ends of panes only the tables of open panes and sub-windows are used. A pane's end
 * reads all pages in the order of their hashes, each once or twice. Besides pages it needs memory
 * for the table that it returns, and as much again to sort it. {@link #tableAt} costs the same and
 * does not change the decayed counts.
 *
 * <p>In the page store, the name of a pane's table is the pane's number, that of a sub-window's
 * table its number minus 2<sup>62</sup>, and that of all panes {@link Long#MIN_VALUE}.
 */
public final class PagedCounts {

  private static final int FORMAT = 4;
  private static final int PAGED = 3;
  static final int ACCESSES = 0;
  static final int CLICKS = 1;
  private static final int SEEN = 2;
  private static final long DECAYED = Long.MIN_VALUE;
  private static final long FIRST_SUB_WINDOW = -1L << 62;
  private static final long NEVER = Long.MIN_VALUE;

  private final CountRules rules;
  private final int shard;
  private final PageCache cache;

  /** Closed sub-windows of each pane; a pane with an open sub-window is there too. */
  private final TreeMap<Long, PagedTable> panes = new TreeMap<>();

  private final TreeMap<Long, PagedTable> openSubWindows = new TreeMap<>();
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

  private PagedTable openSubWindow(long subWindow) throws IOException {
    PagedTable table = openSubWindows.get(subWindow);
    if (table == null) {
      pane(rules.pane(subWindow));
      table = new PagedTable(cache, shard, FIRST_SUB_WINDOW + subWindow, 2, 0);
      openSubWindows.put(subWindow, table);
    }
    return table;
  }

  /**
   * Adds {@code n[i]} accesses of {@code ids[i]} in {@code subWindow}, {@code clicks[i]} clicks.
   */
  public void add(long subWindow, long[] ids, long[] n, long[] clicks) throws IOException {
    PagedTable table = rules.perPane() == 1 ? pane(subWindow) : openSubWindow(subWindow);
    for (int i = 0; i < ids.length; i++) {
      table.add(ids[i], n[i], clicks[i]);
    }
    bound(table);
  }

  private void bound(PagedTable table) throws IOException {
    if (table.sizeAtMost() > rules.maxAccessed()) {
      newIds().cutDown(List.of(table));
    }
  }

  private NewIds newIds() {
    return new NewIds(rules, decayed);
  }

  /** Closes a sub-window and the open ones before it; adds their accesses to their panes. */
  public void closeSubWindow(long subWindow) throws IOException {
    closeSubWindows(openSubWindows.headMap(subWindow, true), rules.perPane());
  }

  private void closeSubWindows(NavigableMap<Long, PagedTable> closing, int perPane)
      throws IOException {
    while (!closing.isEmpty()) {
      Map.Entry<Long, PagedTable> first = closing.pollFirstEntry();
      PagedTable pane = pane(Math.floorDiv(first.getKey(), perPane));
      first.getValue().forEachPage((page, rows) -> addAll(rows, pane));
      first.getValue().clear();
      bound(pane);
    }
  }

  private static void addAll(IdTable rows, PagedTable to) throws IOException {
    for (int at = rows.next(-1); at >= 0; at = rows.next(at)) {
      to.add(rows.id(at), rows.get(at, ACCESSES), rows.get(at, CLICKS));
    }
  }

  /** Removes all tables and their pages. The shard is not used any more. */
  public void remove() throws IOException {
    for (PagedTable table : panes.values()) {
      table.clear();
    }
    for (PagedTable table : openSubWindows.values()) {
      table.clear();
    }
    decayed.clear();
  }

  /** All tables of a pane. */
  private List<PagedTable> tables(long pane) {
    List<PagedTable> tables = new ArrayList<>(List.of(panes.get(pane)));
    tables.addAll(
        openSubWindows
            .subMap(rules.lastSubWindow(pane - 1), false, rules.lastSubWindow(pane), true)
            .values());
    return tables;
  }

  /**
   * The counts that {@link #closePane} would return if the pane ended with a sub-window, except
   * that ids are forgotten only at a pane's last sub-window. Changes nothing that later tables
   * contain.
   *
   * @param subWindow closed, of a pane that has not ended
   */
  public CountTable tableAt(long subWindow) throws IOException {
    long pane = rules.pane(subWindow);
    List<PagedTable> before =
        List.copyOf(panes.subMap(rules.firstPane(pane), true, pane, false).values());
    List<PagedTable> now = List.copyOf(panes.subMap(pane, true, pane, true).values());
    NewIds newIds = newIds();
    for (PagedTable table : before) {
      newIds.cutDown(List.of(table));
    }
    newIds.cutDown(now);
    CountRows rows = new CountRows(Math.toIntExact(decayed.size() + newIds.count(now)));
    double factor = rules.factor(lastPane, subWindow);
    long inPane = 0;
    for (long from = 0; from < PagedTable.HASHES; ) {
      int first = rows.size();
      long to = NewIds.end(now, from, decayed.page(from).end());
      IdTable known = decayed.open(decayed.page(from));
      rows.addDecayed(known, from, to);
      rows.addNew(newIds.in(now, from, to));
      rows.addWindow(first, now, from, to);
      inPane += rows.fadeAndAddWindow(first, factor);
      if (rules.endsPane(subWindow)) {
        rows.removeUnseen(
            first,
            id -> {
              int at = known.find(id, IdTable.hash(id));
              return rules.forgotten(known.get(at, SEEN), ended + 1);
            });
      }
      rows.addWindow(first, before, from, to);
      from = to;
    }
    if (rows.size() > rules.maxIds()) {
      rows.keep(rows.least(rules));
    }
    return rows.sorted(inPane);
  }

  /**
   * Ends a pane, and closes its open sub-windows.
   *
   * @return the counts of every id known, ascending by signed id
   */
  public CountTable closePane(long pane) throws IOException {
    long firstPane = rules.firstPane(pane);
    closeSubWindow(rules.lastSubWindow(pane));
    clear(panes.headMap(firstPane).values());
    for (long open : panes.keySet()) {
      newIds().cutDown(tables(open));
    }
    ended++;
    long inPane = fadeAndAdd(rules.factor(lastPane, rules.lastSubWindow(pane)), panes.get(pane));
    lastPane = pane;
    CountRows rows = new CountRows(Math.toIntExact(decayed.size()));
    List<PagedTable> window = new ArrayList<>(panes.headMap(pane, true).values());
    decayed.forEachPage(
        (page, table) -> {
          int first = rows.size();
          forget(page, table);
          rows.addDecayed(table, page.start(), page.end());
          rows.addWindow(first, window, page.start(), page.end());
        });
    if (rows.size() > rules.maxIds()) {
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
  private long fadeAndAdd(double factor, PagedTable closing) throws IOException {
    long[] fadedAndSum = new long[2];
    if (closing != null) {
      closing.forEachPage(
          (page, rows) -> {
            fadedAndSum[0] = fade(factor, fadedAndSum[0], page.end());
            for (long from = page.start(); from < page.end(); ) {
              long to = Math.min(decayed.page(from).end(), page.end());
              fadedAndSum[1] += addToDecayed(rows, from, to);
              from = to;
            }
          });
    }
    fade(factor, fadedAndSum[0], PagedTable.HASHES);
    return fadedAndSum[1];
  }

  /** Adds the rows of a range of hashes, which lie in one page of the decayed counts. */
  private long addToDecayed(IdTable rows, long from, long to) throws IOException {
    long sum = 0;
    for (int at = rows.next(-1); at >= 0; at = rows.next(at)) {
      if (CountRows.within(rows.id(at), from, to)) {
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
  private void shrink(CountRows all) throws IOException {
    CountRules.Least least = all.least(rules);
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

  /** Number of ids with a decayed count. */
  public long size() {
    return decayed.size();
  }

  /** Sum of the numbers of ids in the tables of open panes and sub-windows. */
  public long accessed() {
    return Stream.of(panes, openSubWindows)
        .flatMap(tables -> tables.values().stream())
        .mapToLong(PagedTable::size)
        .sum();
  }

  /** Writes all but the contents of the pages, which are in the cache and its store. */
  public void writeState(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(lastPane);
    out.writeLong(ended);
    decayed.writeState(out);
    writeTables(out, panes);
    out.writeInt(rules.perPane());
    writeTables(out, openSubWindows);
  }

  private static void writeTables(DataOutput out, Map<Long, PagedTable> tables) throws IOException {
    out.writeInt(tables.size());
    for (Map.Entry<Long, PagedTable> table : tables.entrySet()) {
      out.writeLong(table.getKey());
      table.getValue().writeState(out);
    }
  }

  /**
   * Reads what {@link #writeState} wrote, into a shard that is empty.
   *
   * <p>Formats 1 and 2 held all counts in one piece, format 1 without clicks. They did not hold the
   * pane in which an id was last seen; the time without access starts now for these ids. Format 3
   * had panes of one sub-window each. If the state has another number of sub-windows a pane than
   * these rules, its open sub-windows are closed.
   *
   * @return true if the shard differs from the state, or its pages are not in the store yet
   */
  public boolean readState(DataInput in) throws IOException {
    int format = in.readByte();
    if (format < 1 || format > FORMAT) {
      throw new IOException("counts: format must be in 1.." + FORMAT + " but was " + format);
    }
    lastPane = in.readLong();
    if (format < PAGED) {
      readCounts(in, format > 1);
      return true;
    }
    ended = in.readLong();
    decayed.clear();
    decayed = PagedTable.readState(in, cache, shard, DECAYED, 3, 2);
    readTables(in, panes, 0);
    return format >= FORMAT && readSubWindows(in);
  }

  private void readTables(DataInput in, Map<Long, PagedTable> tables, long firstName)
      throws IOException {
    for (int n = in.readInt(); n > 0; n--) {
      long number = in.readLong();
      tables.put(number, PagedTable.readState(in, cache, shard, firstName + number, 2, 0));
    }
  }

  private boolean readSubWindows(DataInput in) throws IOException {
    int perPane = in.readInt();
    readTables(in, openSubWindows, FIRST_SUB_WINDOW);
    boolean otherGrid = perPane != rules.perPane() && !openSubWindows.isEmpty();
    if (otherGrid) {
      closeSubWindows(openSubWindows, perPane);
    }
    return otherGrid;
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
