package io.millrace.tests.bench;

import io.millrace.event.ClickEvent;
import io.millrace.math.Mix64;
import io.millrace.state.GatedEvent;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.MapFunction;

/**
 * Events of 26 ids by their number: in each field, id of rank {@code r} out of 200,000 with a
 * probability in proportion to {@code 1 / r} (Zipf), one event in four a click. The same number
 * always gives the same event.
 *
 * <p>Ranks are drawn by Walker's alias method (1977) from the bits of one mixed number each.
 */
final class ZipfEvents implements MapFunction<Long, GatedEvent> {
  private static final long serialVersionUID = 1L;

  static final int FIELDS = 26;
  static final int IDS_PER_FIELD = 200_000;

  /** Events made by all tasks of this process. */
  static final LongAdder MADE = new LongAdder();

  private static final int[] OFFSETS = IntStream.rangeClosed(0, FIELDS).toArray();
  private static final float[] DENSE = {};
  private static final int[] ALIAS = new int[IDS_PER_FIELD];

  /** Below this number, as an unsigned one, a draw is its own rank, else the alias. */
  private static final long[] OWN = new long[IDS_PER_FIELD];

  static {
    double sum = IntStream.rangeClosed(1, IDS_PER_FIELD).mapToDouble(r -> 1.0 / r).sum();
    double[] share = new double[IDS_PER_FIELD];
    ArrayDeque<Integer> small = new ArrayDeque<>();
    ArrayDeque<Integer> large = new ArrayDeque<>();
    for (int r = 0; r < IDS_PER_FIELD; r++) {
      share[r] = IDS_PER_FIELD / (sum * (r + 1));
      (share[r] < 1 ? small : large).add(r);
    }
    while (!small.isEmpty() && !large.isEmpty()) {
      int less = small.remove();
      int more = large.peek();
      set(less, share[less], more);
      share[more] -= 1 - share[less];
      if (share[more] < 1) {
        small.add(large.remove());
      }
    }
    small.forEach(rank -> set(rank, 1, rank));
    large.forEach(rank -> set(rank, 1, rank));
  }

  private static void set(int rank, double own, int alias) {
    OWN[rank] = (long) (own * 0x1p32);
    ALIAS[rank] = alias;
  }

  /** The ids of an event, one per field. */
  static long[] ids(long number) {
    long[] ids = new long[FIELDS];
    for (int f = 0; f < FIELDS; f++) {
      long bits = Mix64.mix(number * FIELDS + f, 1);
      int draw = Mix64.reduce(bits, IDS_PER_FIELD);
      int rank = (bits & 0xFFFF_FFFFL) < OWN[draw] ? draw : ALIAS[draw];
      ids[f] = Mix64.mix((long) f * IDS_PER_FIELD + rank, 2);
    }
    MADE.increment();
    return ids;
  }

  @Override
  public GatedEvent map(Long number) {
    int label = number % 4 == 0 ? 1 : 0;
    return new GatedEvent(new ClickEvent(0, label, DENSE, ids(number), OFFSETS), false);
  }
}
