package io.millrace.counts;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One of a shard's tables from ids to numbers, cut into pages by hash.
 *
 * <p>A page that is full is split in two by one more bit of the hash, so that pages are of about
 * the same size whatever the number of ids (extendible hashing: Fagin, Nievergelt, Pippenger and
 * Strong 1979).
 */
final class PagedTable {

  /**
   * Upper bound on the places of a page's table, while there are bits left to split it by. Twice
   * and half as many made no measurable difference in speed.
   */
  static final int MAX_CAPACITY = 2048;

  /** Number of hashes. */
  static final long HASHES = 1L << Integer.SIZE;

  private static final int MAX_DEPTH = 20;

  private final PageCache cache;
  private final int shard;
  private final long name;
  private final int width;
  private final int floating;

  /** The page of each value of the hash's upper {@code depth} bits. */
  private Page[] directory;

  private int depth;
  private long size;
  private long waiting;

  /** An action on a page's rows, which stay on the heap while it runs. */
  @FunctionalInterface
  interface Step {
    void run(Page page, IdTable rows) throws IOException;
  }

  /**
   * An empty table.
   *
   * @param shard the shard
   * @param name of the table, unique in the shard
   * @param width numbers per id
   * @param floating how many of them, from the first, are floating-point numbers
   */
  PagedTable(PageCache cache, int shard, long name, int width, int floating) throws IOException {
    this(cache, shard, name, width, floating, new Page[1]);
    directory[0] = new Page(this, 1);
    cache.know(directory[0]);
  }

  private PagedTable(
      PageCache cache, int shard, long name, int width, int floating, Page[] directory) {
    this.cache = cache;
    this.shard = shard;
    this.name = name;
    this.width = width;
    this.floating = floating;
    this.directory = directory;
  }

  int shard() {
    return shard;
  }

  long name() {
    return name;
  }

  int width() {
    return width;
  }

  int floating() {
    return floating;
  }

  /** Number of ids, without those in partial pages. */
  long size() {
    return size;
  }

  /** Upper bound on the number of ids: an id in a partial page may be in the store already. */
  long sizeAtMost() {
    return size + waiting;
  }

  /** The page of a hash, taken as unsigned. */
  Page page(long hash) {
    return directory[(int) (hash >>> (Integer.SIZE - depth))];
  }

  /** Adds to the first two numbers of an id, as integers. */
  void add(long id, long first, long second) throws IOException {
    int hash = IdTable.hash(id);
    Page page = page(Integer.toUnsignedLong(hash));
    IdTable rows = cache.openToAdd(page);
    int at = rows.claim(id, hash);
    rows.add(at, 0, first);
    rows.add(at, 1, second);
    changed(page, rows);
  }

  /** Adds to the first two numbers of an id, as floating-point numbers, and sets the third. */
  void add(long id, double first, double second, long third) throws IOException {
    int hash = IdTable.hash(id);
    Page page = page(Integer.toUnsignedLong(hash));
    IdTable rows = cache.open(page);
    int at = rows.claim(id, hash);
    rows.setDouble(at, 0, rows.getDouble(at, 0) + first);
    rows.setDouble(at, 1, rows.getDouble(at, 1) + second);
    rows.set(at, 2, third);
    changed(page, rows);
  }

  /** To be called when a page's rows have changed. */
  void changed(Page page, IdTable rows) throws IOException {
    if (page.partial) {
      waiting += rows.size() - page.waiting;
      page.waiting = rows.size();
    } else if (page.ids != rows.size()) {
      completed(page);
    }
    cache.changed(page);
    if (rows.capacity() > MAX_CAPACITY) {
      cache.open(page);
      splitIfLarge(page);
    }
  }

  /** To be called when all rows of a page are on the heap and their number may have changed. */
  void completed(Page page) {
    size += page.rows.size() - page.ids;
    page.ids = page.rows.size();
    waiting -= page.waiting;
    page.waiting = 0;
  }

  /** Splits a page if it is too large to be written as one; all its rows must be on the heap. */
  boolean splitIfLarge(Page page) throws IOException {
    boolean large = page.rows.capacity() > MAX_CAPACITY && page.depth() < MAX_DEPTH;
    if (large) {
      split(page, page.rows);
    }
    return large;
  }

  private void split(Page page, IdTable rows) throws IOException {
    Page low = new Page(this, 2 * page.node);
    Page high = new Page(this, 2 * page.node + 1);
    low.rows = new IdTable(width, rows.size() / 2);
    high.rows = new IdTable(width, rows.size() / 2);
    for (int at = rows.next(-1); at >= 0; at = rows.next(at)) {
      long hash = Integer.toUnsignedLong(IdTable.hash(rows.id(at)));
      (hash < high.start() ? low : high).rows.putAll(rows, at);
    }
    cache.remove(page);
    if (low.depth() > depth) {
      widen();
    }
    place(low);
    place(high);
    low.ids = low.rows.size();
    high.ids = high.rows.size();
    cache.enter(low);
    cache.enter(high);
  }

  private void widen() {
    Page[] wide = new Page[2 * directory.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = directory[i / 2];
    }
    directory = wide;
    depth++;
  }

  private void place(Page page) {
    int shift = Integer.SIZE - depth;
    Arrays.fill(directory, (int) (page.start() >>> shift), (int) (page.end() >>> shift), page);
  }

  /** All rows of a page, until another one is opened. */
  IdTable open(Page page) throws IOException {
    return cache.open(page);
  }

  /** Runs a step on every page, in the order of the hashes. */
  void forEachPage(Step step) throws IOException {
    forEachPage(0, HASHES, step);
  }

  /** Runs a step on every page that holds hashes of a range, in their order. */
  void forEachPage(long from, long to, Step step) throws IOException {
    for (long start = from; start < to; ) {
      Page page = page(start);
      run(page, step);
      start = page.end();
    }
  }

  /** Runs a step on a page. */
  void run(Page page, Step step) throws IOException {
    page.pinned = true;
    try {
      step.run(page, cache.open(page));
    } finally {
      page.pinned = false;
    }
  }

  private List<Page> pages() {
    List<Page> pages = new ArrayList<>();
    for (long start = 0; start < HASHES; start = pages.get(pages.size() - 1).end()) {
      pages.add(page(start));
    }
    return pages;
  }

  /** Drops all pages. */
  void clear() throws IOException {
    cache.removeAll(this, pages());
  }

  /** Writes which pages there are: {@code i32 n}, then {@code i32 node, i32 ids} each. */
  void writeState(DataOutput out) throws IOException {
    List<Page> pages = pages();
    out.writeInt(pages.size());
    for (Page page : pages) {
      out.writeInt(page.node);
      out.writeInt(page.ids);
    }
  }

  /** Reads what {@link #writeState} wrote, of a table whose pages are in the cache's store. */
  static PagedTable readState(
      DataInput in, PageCache cache, int shard, long name, int width, int floating)
      throws IOException {
    PagedTable table = new PagedTable(cache, shard, name, width, floating, new Page[0]);
    table.readPages(in);
    return table;
  }

  private void readPages(DataInput in) throws IOException {
    List<Page> pages = new ArrayList<>();
    long next = 0;
    for (int n = in.readInt(); n > 0; n--) {
      Page page = new Page(this, in.readInt());
      page.ids = in.readInt();
      if (page.node < 1 || page.depth() > MAX_DEPTH || page.start() != next) {
        throw new IOException("pages must follow each other but " + page.node + " does not");
      }
      next = page.end();
      depth = Math.max(depth, page.depth());
      size += page.ids;
      pages.add(page);
    }
    if (next != HASHES) {
      throw new IOException("pages must hold every hash but end at " + next);
    }
    directory = new Page[1 << depth];
    for (Page page : pages) {
      place(page);
      page.stored = page.ids > 0; // one that has never had rows has never been written
      cache.know(page);
    }
  }
}
