package io.millrace.counts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Steps that tests of paged counts share. */
final class PagedShard {

  static final long UNBOUNDED = Long.MAX_VALUE;

  private PagedShard() {}

  static void add(PagedCounts counts, long pane, long id, long n, long clicks) throws IOException {
    counts.add(pane, new long[] {id}, new long[] {n}, new long[] {clicks});
  }

  /** The shard as it is after a restart from its state and its store. */
  static PagedCounts restart(CountRules rules, PagedCounts counts, PageCache cache, PageCache next)
      throws IOException {
    cache.flush();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    counts.writeState(new DataOutputStream(bytes));
    PagedCounts restored = new PagedCounts(rules, 3, next);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    assertThat(restored.readState(in)).isFalse();
    assertThat(in.available()).isZero();
    return restored;
  }

  static void assertSame(CountTable a, CountTable b) {
    assertThat(a.inPane()).isEqualTo(b.inPane());
    assertThat(a.ids()).isEqualTo(b.ids());
    assertThat(a.inWindow()).isEqualTo(b.inWindow());
    assertThat(a.clicksInWindow()).isEqualTo(b.clicksInWindow());
    assertThat(a.decayed()).isEqualTo(b.decayed());
    assertThat(a.decayedClicks()).isEqualTo(b.decayedClicks());
  }
}
