package io.millrace.counts;

import static io.millrace.counts.PagedShard.UNBOUNDED;
import static io.millrace.counts.PagedShard.add;
import static io.millrace.counts.PagedShard.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Laws of what paged counts cost: bytes on the heap and in the store, reads and writes. */
class PageCostsTest {

  // Law: the heap that pages take stays under the bound, but for the few in use.
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

  // Law: a checkpoint writes the pages that have changed since the last one and no other.
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

  // Law: additions to pages that are not on the heap wait there; each page is read once for all.
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

  // Law: without decay, a pane's end changes the pages of the ids seen in it and no other.
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

  // Law: in a pane with an endless stream of new ids the counts are bounded too. Ids known before
  // it
  // are all counted, and the order of accesses does not matter.
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

  // Law: with an endless stream of new ids, state on the heap and in the store stays bounded.
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
}
