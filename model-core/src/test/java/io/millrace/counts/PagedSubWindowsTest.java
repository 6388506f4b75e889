package io.millrace.counts;

import static io.millrace.counts.PagedShard.UNBOUNDED;
import static io.millrace.counts.PagedShard.add;
import static io.millrace.counts.PagedShard.assertSame;
import static io.millrace.counts.PagedShard.restart;
import static org.assertj.core.api.Assertions.assertThat;

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

/** Law: sub-windows change no table at a pane's end, and pages none at a sub-window's. */
class PagedSubWindowsTest {

  // Law: a table at a pane's end does not depend on how many sub-windows the pane has. A table of
  // pages at a sub-window's end is that of the plain counts, to the bit. Among the accesses of a
  // sub-window are some of later sub-windows and panes. Some sub-windows are skipped or closed only
  // with their pane, there are more new ids than are counted, and there are restarts.
  @Test
  void subWindowsChangeNothing() throws IOException {
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
          assertSubWindowsEqual(rules, bound);
        }
      }
    }
  }

  private static void assertSubWindowsEqual(CountRules rules, long bound) throws IOException {
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
      CountTable reported = null;
      if (random.nextInt(3) > 0) {
        paged.closeSubWindow(subWindow);
        plain.closeSubWindow(subWindow);
        if (random.nextInt(3) == 0) {
          reported = paged.tableAt(subWindow);
          assertSame(reported, plain.tableAt(subWindow));
        }
      }
      if (rules.endsPane(subWindow)) {
        CountTable table = paged.closePane(pane);
        assertSame(table, plain.closePane(pane));
        assertSame(table, whole.closePane(pane));
        if (reported != null) {
          assertSame(table, reported);
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

  // Law: the bound on new ids holds for a pane as a whole. Here a pane has two new ids too many
  // when
  // the pane before it ends, though none of its sub-windows has. One of them is known by then,
  // which
  // changes nothing.
  @Test
  void tooManyNewIdsAreThoseOfAllSubWindowsTogether() throws IOException {
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

  // Law: within a window, panes are cut down by the ids that are known now, as at a pane's end; the
  // ids that were known when the pane closed may be others.
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

  // Law: a pane's end gives the same table whatever sub-windows the pane has after a restart.
  @Test
  void panesMayHaveOtherSubWindowsAfterARestart() throws IOException {
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

  // Law: reporting counts in the middle of a pane writes to no page.
  @Test
  void reportingCountsLeavesPagesAsTheyAre() throws IOException {
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
}
