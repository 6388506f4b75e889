package io.millrace.counts;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages of all shards of a task that are on the heap, within a bound of bytes.
 *
 * <p>Where memory is needed, a page that has not been used lately is evicted, by the clock
 * algorithm (Corbató 1969), and written first if it has changed. The few pages in use at the moment
 * stay, whatever the bound.
 *
 * <p>Additions to a page whose rows are only in the store are collected on the heap as a partial
 * page: the order of integers in a sum does not matter. The rows are read once for many additions,
 * when the memory is needed or when all rows of the page are.
 */
public final class PageCache {

  private final PageStore store;
  private final long maxBytes;
  private final PageBytes encoder = new PageBytes();
  private final List<Page> held = new ArrayList<>();
  private int hand;

  /** Whether pages are being written; none is evicted meanwhile. */
  private boolean writing;

  private long bytes;
  private int pages;
  private int dirty;
  private long evictions;
  private long reads;
  private long writes;

  /**
   * An empty cache.
   *
   * @param maxBytes bound on the bytes of all pages' arrays
   */
  public PageCache(PageStore store, long maxBytes) {
    this.store = store;
    this.maxBytes = maxBytes;
  }

  /** All rows of a page, read from the store if they are not on the heap. */
  IdTable open(Page page) throws IOException {
    if (page.rows == null) {
      page.rows = page.stored ? read(page) : new IdTable(page.table.width(), 0);
      hold(page);
      resized(page);
    } else if (page.partial) {
      complete(page);
      resized(page);
    }
    page.used = true;
    return page.rows;
  }

  /** Rows of a page to add integers to: all of them, or those that have been added to lately. */
  IdTable openToAdd(Page page) throws IOException {
    if (page.rows == null) {
      page.rows = new IdTable(page.table.width(), 0);
      page.partial = page.stored;
      hold(page);
      resized(page);
    }
    page.used = true;
    return page.rows;
  }

  private IdTable read(Page page) throws IOException {
    PagedTable table = page.table;
    reads++;
    return PageBytes.decode(store.read(table.shard(), table.name(), page.node), table.width());
  }

  /** Adds a partial page's rows to those in the store. */
  private void complete(Page page) throws IOException {
    IdTable all = read(page);
    all.addAll(page.rows);
    page.rows = all;
    page.partial = false;
    page.table.completed(page);
  }

  /** Adds a new page that has rows. */
  void enter(Page page) throws IOException {
    hold(page);
    pages++;
    changed(page);
  }

  /** Adds a page whose rows are in the store, or that has none yet. */
  void know(Page page) {
    pages++;
  }

  /** To be called when rows have changed. */
  void changed(Page page) throws IOException {
    if (!page.dirty) {
      page.dirty = true;
      dirty++;
    }
    if (page.bytes != page.rows.bytes()) {
      resized(page);
    }
  }

  private void resized(Page page) throws IOException {
    account(page);
    if (bytes > maxBytes && !writing) {
      writing = true;
      makeRoom(page);
      writing = false;
    }
  }

  private void account(Page page) {
    bytes += page.rows.bytes() - page.bytes;
    page.bytes = page.rows.bytes();
  }

  private void makeRoom(Page inUse) throws IOException {
    for (int steps = 3 * held.size(); bytes > maxBytes && steps > 0; steps--) {
      hand = hand < held.size() ? hand : 0;
      Page page = held.get(hand);
      if (page == inUse || page.pinned || page.used) {
        page.used = false;
        hand++;
      } else if (clean(page)) {
        release(page);
        evictions++;
      }
    }
  }

  /**
   * Writes a page if it has changed.
   *
   * @return false if it was too large and has been split instead
   */
  private boolean clean(Page page) throws IOException {
    if (page.partial) {
      complete(page);
      account(page);
    }
    PagedTable table = page.table;
    if (table.splitIfLarge(page)) {
      return false;
    }
    if (page.dirty) {
      byte[] encoded = encoder.encode(page.rows, table.floating());
      store.write(table.shard(), table.name(), page.node, encoded);
      writes++;
      page.stored = true;
      page.dirty = false;
      dirty--;
    }
    return true;
  }

  private void hold(Page page) {
    page.place = held.size();
    held.add(page);
  }

  private void release(Page page) {
    Page last = held.remove(held.size() - 1);
    if (last != page) {
      held.set(page.place, last);
      last.place = page.place;
    }
    bytes -= page.bytes;
    page.bytes = 0;
    page.rows = null;
    page.partial = false;
  }

  /** Removes a page for good, from the store too. */
  void remove(Page page) throws IOException {
    if (page.stored) {
      store.remove(page.table.shard(), page.table.name(), page.node);
    }
    forget(page);
  }

  private void forget(Page page) {
    pages--;
    dirty -= page.dirty ? 1 : 0;
    page.dirty = false;
    if (page.rows != null) {
      release(page);
    }
  }

  /** Removes all pages of a table for good. */
  void removeAll(PagedTable table, Iterable<Page> all) throws IOException {
    boolean stored = false;
    for (Page page : all) {
      stored |= page.stored;
      forget(page);
    }
    if (stored) {
      store.removeAll(table.shard(), table.name());
    }
  }

  /** Writes every page that has changed; pages stay on the heap as far as the bound allows. */
  public void flush() throws IOException {
    writing = true;
    for (int i = 0; i < held.size(); ) {
      Page page = held.get(i);
      if (!clean(page)) {
        continue; // a split has put another page here
      }
      if (bytes > maxBytes) {
        release(page);
      } else {
        i++;
      }
    }
    writing = false;
  }

  /** Pages of all tables, on the heap or only in the store. */
  public int pages() {
    return pages;
  }

  /** Pages on the heap. */
  public int pagesHeld() {
    return held.size();
  }

  /** Pages that have changed since they were written last. */
  public int dirtyPages() {
    return dirty;
  }

  /** Bytes of the arrays of the pages on the heap. */
  public long bytes() {
    return bytes;
  }

  /** Pages that have been evicted so far. */
  public long evictions() {
    return evictions;
  }

  /** Pages that have been read from the store so far. */
  public long reads() {
    return reads;
  }

  /** Pages that have been written to the store so far. */
  public long writes() {
    return writes;
  }
}
