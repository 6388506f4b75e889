package io.millrace.counts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PagedCountsTest {

  private static final long UNBOUNDED = Long.MAX_VALUE;

  private static void add(PagedCounts counts, long pane, long id, long n, long clicks)
      throws IOException {
    counts.add(pane, new long[] {id}, new long[] {n}, new long[] {clicks});
  }

  /** The shard as it is after a restart from its state and its store. */
  private static PagedCounts restart(
      CountRules rules, PagedCounts counts, PageCache cache, PageCache next) throws IOException {
    cache.flush();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    counts.writeState(new DataOutputStream(bytes));
    PagedCounts restored = new PagedCounts(rules, 3, next);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    assertThat(restored.readState(in)).isFalse();
    assertThat(in.available()).isZero();
    return restored;
  }

  // law: whatever is on the heap, and in whatever order accesses come, every table is that of the
  // plain counts, to the bit; with skewed and new ids, more than fit, open panes, skipped panes, a
  // restart after each pane
  @Test
  void pagesChangeNothing() throws IOException {
    for (CountRules rules :
        new CountRules[] {
          new CountRules(1, 100_000, 1, 0, 1),
          new CountRules(.9, 100_000, 3, 0, 1),
          new CountRules(.7, 500, 2, 4, 1),
          new CountRules(.8, 100, 2, 0, 1),
          new CountRules(1, 3000, 1, 2, 1)
        }) {
      for (long bound : new long[] {UNBOUNDED, 150_000, 1}) {
        long evictions = assertEqual(rules, bound);
        if (bound == UNBOUNDED || bound == 1) {
          assertThat(evictions > 0).isEqualTo(bound == 1);
        }
      }
    }
  }

  // law: at panes' ends every table is the same however many sub-windows a pane has, and at any
  // sub-window that
  // of pages is that of the plain counts, to the bit; with accesses of later sub-windows and panes
  // among
  // those of a sub-window, sub-windows that are not closed by themselves, more new ids than are
  // counted,
  // skipped
  // sub-windows and panes, restarts
  @Test
  void partsChangeNothing() throws IOException {
    for (int perPane : new int[] {1, 4, 24}) {
      for (CountRules rules :
          new CountRules[] {
            new CountRules(.9, 100_000, 3, 0, perPane),
            new CountRules(.7, 500, 2, 4, perPane),
            new CountRules(.8, 100, 2, 0, perPane),
            new CountRules(.8, 10, 3, 2, perPane),
            new CountRules(1, 3000, 1, 2, perPane)
          }) {
        for (long bound : new long[] {UNBOUNDED, 50_000, 1}) {
          assertPartsEqual(rules, bound);
        }
      }
    }
  }

  private static void assertPartsEqual(CountRules rules, long bound) throws IOException {
    int perPane = rules.perPane();
    SplittableRandom random = Seeds.generator(8, "paged-perPane", rules.maxIds() + perPane);
    HeapPages store = new HeapPages();
    PageCache cache = new PageCache(store, bound);
    PagedCounts paged = new PagedCounts(rules, 3, cache);
    IdCounts plain = new IdCounts(rules);
    IdCounts whole =
        new IdCounts(
            new CountRules(
                rules.decay(), rules.maxIds(), rules.panesPerWindow(), rules.maxIdle(), 1));
    ArrayDeque<long[]> later = new ArrayDeque<>();
    int events = (bound == 1 ? 200 : 2000) / perPane;
    int pool = 8 * Math.min(500, rules.maxIds()); // ids that come again
    for (long subWindow = -2L * perPane; subWindow < 5L * perPane; subWindow++) {
      long pane = rules.pane(subWindow);
      if (pane == 2 || random.nextInt(9) == 0 && !rules.endsPane(subWindow)) {
        continue;
      }
      for (int n = 0; n < events; n++) {
        long at = subWindow + (random.nextInt(3) <= pane % 2 ? random.nextInt(2 * perPane) : 0);
        long id = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(1, pool) - 5;
        long count = 1L + random.nextInt(3);
        long clicks = random.nextInt((int) count + 1);
        whole.add(rules.pane(at), id, count, clicks);
        plain.add(at, id, count, clicks);
        later.addFirst(new long[] {at, id, count, clicks});
      }
      for (long[] access : later) {
        add(paged, access[0], access[1], access[2], access[3]);
      }
      later.clear();
      CountTable told = null;
      if (random.nextInt(3) > 0) {
        paged.closeSubWindow(subWindow);
        plain.closeSubWindow(subWindow);
        if (random.nextInt(3) == 0) {
          told = paged.tableAt(subWindow);
          assertSame(told, plain.tableAt(subWindow));
        }
      }
      if (rules.endsPane(subWindow)) {
        CountTable table = paged.closePane(pane);
        assertSame(table, plain.closePane(pane));
        assertSame(table, whole.closePane(pane));
        if (told != null) {
          assertSame(table, told);
        }
      }
      if (random.nextInt(6) == 0) {
        PageCache next = new PageCache(store, bound);
        paged = restart(rules, paged, cache, next);
        cache = next;
      }
    }
  }

  /** Ids in the order of their hashes. */
  private static long[] idsByHash() {
    return LongStream.rangeClosed(1, 6)
        .boxed()
        .sorted(Comparator.comparingLong(id -> Integer.toUnsignedLong(IdTable.hash(id))))
        .mapToLong(id -> id)
        .toArray();
  }

  // a pane has two new ids too many when the pane before it ends, though none of its sub-windows
  // has:
  // that
  // one of them is known then changes nothing
  @Test
  void tooManyNewIdsAreThoseOfAllPartsTogether() throws IOException {
    long[] ids = idsByHash();
    for (int perPane : new int[] {1, 2}) {
      CountRules rules = new CountRules(1, 1, 1, 0, perPane);
      PagedCounts paged = new PagedCounts(rules, 0, new PageCache(new HeapPages(), UNBOUNDED));
      IdCounts plain = new IdCounts(rules);
      long last = rules.lastSubWindow(1);
      long[][] accesses = {{0, 2, 5}, {perPane, 0, 1}, {perPane, 2, 1}, {last, 1, 1}, {last, 3, 1}};
      for (long[] access : accesses) {
        add(paged, access[0], ids[(int) access[1]], access[2], 0);
        plain.add(access[0], ids[(int) access[1]], access[2], 0);
      }
      paged.closePane(0);
      plain.closePane(0);
      CountTable table = paged.closePane(1);
      assertSame(table, plain.closePane(1));
      assertThat(table.inPane()).isEqualTo(2);
      assertThat(table.ids()).containsExactly(ids[2]);
      assertThat(table.inWindow()).containsExactly(0);
    }
  }

  // an id that a pane of the window has too many of by now, as others are known now than were then
  @Test
  void panesOfTheWindowAreCutDownAsAtAPanesEnd() throws IOException {
    long[] ids = idsByHash();
    for (int perPane : new int[] {1, 2}) {
      CountRules rules = new CountRules(1, 1, 3, 0, perPane);
      PagedCounts paged = new PagedCounts(rules, 0, new PageCache(new HeapPages(), UNBOUNDED));
      IdCounts plain = new IdCounts(rules);
      long paneBefore = -1;
      long[][] accesses = {{-1, 5, 1}, {0, 0, 1}, {0, 1, 9}, {0, 5, 1}, {1, 4, 20}, {2, 5, 50}};
      for (long[] access : accesses) {
        if (access[0] > paneBefore) {
          assertSame(paged.closePane(paneBefore), plain.closePane(paneBefore));
          paneBefore = access[0];
        }
        add(paged, access[0] * perPane, ids[(int) access[1]], access[2], 0);
        plain.add(access[0] * perPane, ids[(int) access[1]], access[2], 0);
      }
      paged.closeSubWindow(2L * perPane);
      plain.closeSubWindow(2L * perPane);
      CountTable table = paged.tableAt(2L * perPane);
      assertSame(table, plain.tableAt(2L * perPane));
      assertThat(table.ids()).containsExactly(ids[5]);
      assertThat(table.inWindow()).containsExactly(50);
      assertSame(paged.closePane(2), table);
    }
  }

  // law: whatever sub-windows a pane has after a restart, its end gives the same
  @Test
  void panesMayBePartedOtherwiseAfterARestart() throws IOException {
    for (int[] perPane : new int[][] {{1, 4}, {4, 1}, {24, 4}, {4, 24}}) {
      CountRules before = new CountRules(.9, 100, 2, 0, perPane[0]);
      CountRules after = new CountRules(.9, 100, 2, 0, perPane[1]);
      HeapPages store = new HeapPages();
      PageCache cache = new PageCache(store, UNBOUNDED);
      PagedCounts counts = new PagedCounts(before, 3, cache);
      IdCounts plain = new IdCounts(new CountRules(.9, 100, 2, 0, 1));
      for (int i = 0; i < 1000; i++) {
        add(counts, i % (2L * perPane[0]), i % 70, 1, i % 2);
        plain.add(i % (2L * perPane[0]) / perPane[0], i % 70, 1, i % 2);
      }
      cache.flush();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      counts.writeState(new DataOutputStream(bytes));
      PageCache next = new PageCache(store, UNBOUNDED);
      PagedCounts restored = new PagedCounts(after, 3, next);
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
      assertThat(restored.readState(in)).isEqualTo(perPane[0] > 1);
      for (int pane = 0; pane < 2; pane++) {
        add(restored, after.lastSubWindow(pane), 5, 3, 0);
        plain.add(pane, 5, 3, 0);
        assertSame(restored.closePane(pane), plain.closePane(pane));
      }
      next.flush();
      assertThat(store.pages().size()).isLessThanOrEqualTo(next.pages());
    }
  }

  // to tell the counts in the middle of a pane writes to no page of them
  @Test
  void tellingCountsLeavesPagesAsTheyAre() throws IOException {
    HeapPages store = new HeapPages();
    PageCache cache = new PageCache(store, UNBOUNDED);
    PagedCounts counts = new PagedCounts(new CountRules(.9, 1_000_000, 2, 9, 4), 0, cache);
    for (long id = 0; id < 50_000; id++) {
      add(counts, id % 6, id, 1, 0);
    }
    counts.closePane(0);
    counts.closeSubWindow(4);
    cache.flush();
    assertThat(counts.tableAt(4).inPane()).isEqualTo(50_000 / 6);
    assertThat(counts.tableAt(4).size()).isEqualTo(4 * 8333 + 2 + 8333);
    assertThat(cache.dirtyPages()).isZero();
  }

  // law: a shard that restarts before its first pane has ended goes on as if it had not
  @Test
  void aRestartInTheFirstPaneChangesNothing() throws IOException {
    CountRules rules = new CountRules(.9, 100, 1, 0, 1);
    HeapPages store = new HeapPages();
    PageCache cache = new PageCache(store, UNBOUNDED);
    PagedCounts counts = new PagedCounts(rules, 3, cache);
    IdCounts plain = new IdCounts(rules);
    for (int pane = 0; pane < 3; pane++) {
      add(counts, pane, 7, 5, 1);
      plain.add(pane, 7, 5, 1);
      PageCache next = new PageCache(store, UNBOUNDED);
      counts = restart(rules, counts, cache, next);
      cache = next;
      assertSame(counts.closePane(pane), plain.closePane(pane));
    }
  }

  /** Returns how many pages have been evicted. */
  private static long assertEqual(CountRules rules, long bound) throws IOException {
    SplittableRandom random = Seeds.generator(7, "paged-counts", rules.maxIds());
    HeapPages store = new HeapPages();
    IdCounts plain = new IdCounts(rules);
    PageCache cache = new PageCache(store, bound);
    PagedCounts paged = new PagedCounts(rules, 3, cache);
    ArrayDeque<long[]> later = new ArrayDeque<>();
    long evictions = 0;
    for (int pane = 0; pane < 14; pane += pane == 9 ? 3 : 1) {
      for (int n = 0; n < (bound == 1 ? 200 : 2000); n++) {
        long at = (long) pane + random.nextInt(2);
        long id = random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(1, 3000) / 10 - 5;
        long count = 1L + random.nextInt(3);
        long clicks = random.nextInt((int) count + 1);
        plain.add(at, id, count, clicks);
        later.addFirst(new long[] {at, id, count, clicks});
      }
      for (long[] access : later) {
        add(paged, access[0], access[1], access[2], access[3]);
      }
      later.clear();
      CountTable table = plain.closePane(pane);
      assertSame(paged.closePane(pane), table);
      assertThat(paged.size()).isEqualTo(table.size());
      evictions += cache.evictions();
      cache.flush();
      PageCache next = new PageCache(store, bound);
      paged = restart(rules, paged, cache, next);
      cache = next;
    }
    return evictions;
  }

  private static void assertSame(CountTable a, CountTable b) {
    assertThat(a.inPane()).isEqualTo(b.inPane());
    assertThat(a.ids()).isEqualTo(b.ids());
    assertThat(a.inWindow()).isEqualTo(b.inWindow());
    assertThat(a.clicksInWindow()).isEqualTo(b.clicksInWindow());
    assertThat(a.decayed()).isEqualTo(b.decayed());
    assertThat(a.decayedClicks()).isEqualTo(b.decayedClicks());
  }

  // the heap that pages take stays under the bound, but for the few in use
  @Test
  void theBoundHolds() throws IOException {
    long bound = 1 << 19;
    PageCache cache = new PageCache(new HeapPages(), bound);
    CountRules rules = new CountRules(1, 1_000_000, 1, 0, 1);
    PagedCounts counts = new PagedCounts(rules, 0, cache);
    SplittableRandom random = Seeds.generator(2, "paged-bound", 0);
    long most = 0;
    for (int i = 0; i < 30_000; i++) {
      add(counts, 0, random.nextLong(), 1, 0);
      most = Math.max(most, cache.bytes());
    }
    assertThat(most).isBetween(bound / 2, bound);
    assertThat(counts.closePane(0).size()).isEqualTo(30_000);
    assertThat(cache.bytes()).isLessThanOrEqualTo(bound + (1 << 18));
    assertThat(cache.pagesHeld()).isLessThan(cache.pages() / 2);
  }

  // a checkpoint writes the pages that have changed since the last one and no other
  @Test
  void onlyDirtyPagesAreWritten() throws IOException {
    HeapPages store = new HeapPages();
    PageCache cache = new PageCache(store, UNBOUNDED);
    PagedCounts counts = new PagedCounts(new CountRules(1, 1_000_000, 1, 0, 1), 0, cache);
    SplittableRandom random = Seeds.generator(3, "paged-dirty", 0);
    long[] ids = random.longs(50_000).toArray();
    for (long id : ids) {
      add(counts, 0, id, 1, 0);
    }
    int pages = cache.pages() - 1; // the decayed counts have one page, and it is empty
    assertThat(pages).isGreaterThan(20);
    assertThat(cache.dirtyPages()).isEqualTo(pages);
    cache.flush();
    assertThat(cache.writes()).isEqualTo(pages);
    assertThat(cache.dirtyPages()).isZero();
    cache.flush();
    assertThat(cache.writes()).isEqualTo(pages);
    store.written().clear();
    add(counts, 0, ids[0], 1, 0);
    add(counts, 0, ids[0], 1, 1);
    cache.flush();
    assertThat(store.written()).hasSize(1);
    assertThat(cache.writes()).isEqualTo(pages + 1);
    assertThat(store.pages()).hasSize(pages);
  }

  // what is added to pages that are away waits on the heap; each page is fetched once for all of it
  @Test
  void additionsWaitForTheirPages() throws IOException {
    CountRules rules = new CountRules(1, 1_000_000, 1, 0, 1);
    PageCache cache = new PageCache(new HeapPages(), 1 << 19);
    PagedCounts counts = new PagedCounts(rules, 0, cache);
    IdCounts plain = new IdCounts(rules);
    long[] ids = Seeds.generator(5, "paged-wait", 0).longs(30_000).toArray();
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < ids.length; i += round == 0 ? 1 : 1000) {
        add(counts, 0, ids[i], 1, 0);
        plain.add(0, ids[i], 1, 0);
      }
      if (round == 0) {
        cache.flush();
        assertThat(cache.pages()).isGreaterThan(20);
      }
    }
    long reads = cache.reads();
    assertThat(reads).isLessThan(2L * cache.pages());
    cache.flush();
    assertThat(cache.reads()).isBetween(reads + 5, reads + cache.pages());
    assertThat(cache.bytes()).isLessThanOrEqualTo(1 << 19);
    assertSame(counts.closePane(0), plain.closePane(0));
  }

  // without decay, a pane's end changes the pages of the ids seen in it and no other
  @Test
  void aQuietPageStaysAsItIs() throws IOException {
    HeapPages store = new HeapPages();
    PageCache cache = new PageCache(store, UNBOUNDED);
    PagedCounts counts = new PagedCounts(new CountRules(1, 1_000_000, 1, 0, 1), 0, cache);
    for (long id = 0; id < 50_000; id++) {
      add(counts, 0, id, 1, 0);
    }
    counts.closePane(0);
    cache.flush();
    store.written().clear();
    add(counts, 1, 17, 1, 0);
    counts.closePane(1);
    cache.flush();
    assertThat(store.written()).hasSize(1);
  }

  // a pane without end of new ids: its counts are bounded too, ids known before it are all counted,
  // and
  // the order of accesses does not matter
  @Test
  void aPaneIsBounded() throws IOException {
    CountRules rules = new CountRules(1, 3000, 1, 0, 1);
    HeapPages store = new HeapPages();
    PageCache cache = new PageCache(store, 1 << 19);
    PagedCounts counts = new PagedCounts(rules, 0, cache);
    IdCounts backwards = new IdCounts(rules);
    SplittableRandom random = Seeds.generator(6, "paged-flood", 0);
    long[] known = random.longs(1000).toArray();
    for (long id : known) {
      add(counts, 0, id, 1, 1);
      backwards.add(0, id, 1, 1);
    }
    counts.closePane(0);
    backwards.closePane(0);
    long[] flood = random.longs(50_000).toArray();
    for (int i = 0; i < flood.length; i++) {
      add(counts, 1, flood[i], 1, 0);
      backwards.add(1, flood[flood.length - 1 - i], 1, 0);
      add(counts, 1, known[i % known.length], 1, 0);
      backwards.add(1, known[i % known.length], 1, 0);
      if (i % 1000 == 0) {
        cache.flush();
        assertThat(counts.accessed()).isLessThanOrEqualTo(12_000);
        assertThat(store.bytes()).isLessThanOrEqualTo(12 * 12_000 + 20 * 1000);
      }
    }
    CountTable table = counts.closePane(1);
    assertSame(table, backwards.closePane(1));
    assertThat(table.size()).isEqualTo(3000);
    assertThat(table.inPane()).isEqualTo(flood.length + 6000);
    for (long id : known) {
      assertThat(table.inWindow()[table.indexOf(id)]).isEqualTo(50);
    }
  }

  // an endless stream of new ids: state, on the heap and in the store, stays under a bound
  @Test
  void stateIsBounded() throws IOException {
    for (CountRules rules :
        new CountRules[] {new CountRules(.9, 5000, 1, 0, 1), new CountRules(1, 1 << 30, 1, 2, 1)}) {
      HeapPages store = new HeapPages();
      PageCache cache = new PageCache(store, UNBOUNDED);
      PagedCounts counts = new PagedCounts(rules, 0, cache);
      SplittableRandom random = Seeds.generator(4, "paged-endless", 0);
      for (int pane = 0; pane < 60; pane++) {
        for (int i = 0; i < 2500; i++) {
          add(counts, pane, random.nextLong(), 1, i % 2);
        }
        counts.closePane(pane);
        cache.flush();
        assertThat(counts.size()).isLessThanOrEqualTo(5000);
        assertThat(counts.accessed()).isZero();
        assertThat(store.bytes()).isLessThanOrEqualTo(30 * 5000 + 100 * cache.pages());
        assertThat(cache.pages()).isLessThanOrEqualTo(20);
        assertThat(cache.bytes()).isLessThanOrEqualTo(32L * 4 * 5000);
      }
    }
  }

  @Test
  void damagedStateIsRefused() {
    PageCache cache = new PageCache(new HeapPages(), UNBOUNDED);
    CountRules rules = new CountRules(1, 10, 1, 0, 1);
    byte[] future = {5};
    assertThatThrownBy(
            () ->
                new PagedCounts(rules, 0, cache)
                    .readState(new DataInputStream(new ByteArrayInputStream(future))))
        .hasMessage("counts: format must be in 1..4 but was 5");
    byte[] gap = new byte[1 + 8 + 8 + 4 + 8];
    gap[0] = 3;
    gap[20] = 1;
    gap[24] = 3; // the upper half of the hashes alone
    assertThatThrownBy(
            () ->
                new PagedCounts(rules, 0, cache)
                    .readState(new DataInputStream(new ByteArrayInputStream(gap))))
        .hasMessage("pages must follow each other but 3 does not");
  }
}
