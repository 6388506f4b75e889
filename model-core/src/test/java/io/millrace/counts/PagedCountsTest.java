package io.millrace.counts;

import static io.millrace.counts.PagedShard.UNBOUNDED;
import static io.millrace.counts.PagedShard.add;
import static io.millrace.counts.PagedShard.assertSame;
import static io.millrace.counts.PagedShard.restart;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Law: pages change no count: every table is that of the plain counts, to the bit. */
class PagedCountsTest {

  // Law: every table is that of the plain counts, to the bit, whichever pages are on the heap and
  // in
  // whatever order accesses come. Ids are skewed and new, and more than fit; panes are open or
  // skipped; each pane is followed by a restart.
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

  // Law: a shard that restarts before its first pane has ended goes on as if it had not.
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

  // Law: state of an unknown format, or with a page missing, is refused.
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
