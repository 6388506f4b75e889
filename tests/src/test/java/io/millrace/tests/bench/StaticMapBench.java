package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.hash.StaticMap;
import io.millrace.random.Seeds;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The static map against fastutil's {@code Long2IntOpenHashMap} on the same keys: bits an id,
 * memory, time to build, time to look up known ids in random order and unknown ones. Of the static
 * map both ways to look ids up are timed: many at a time, as for a batch of examples, which the
 * target is for, and one by one.
 */
@Tag("bench")
class StaticMapBench {
  private static final int IDS = Integer.getInteger("bench.ids", 10_000_000);
  private static final int ROWS = 1_000_000;
  private static final int SIGNATURE_BITS = 4;
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 5);
  private static final int BATCH = 4096;

  private final SplittableRandom random = Seeds.generator(1, "static-map-bench", IDS);
  private final long[] ids = random.longs().distinct().limit(IDS).toArray();
  private final int[] rows = random.ints(IDS, 0, ROWS).toArray();
  private final long[] batch = new long[BATCH];
  private final int[] found = new int[BATCH];
  private StaticMap ours;
  private Peer peer;

  /** fastutil's map, and the bytes of its arrays. */
  private static final class Peer extends Long2IntOpenHashMap {
    private static final long serialVersionUID = 1;

    Peer(int expected) {
      super(expected);
      defaultReturnValue(-1);
    }

    long bytes() {
      return 8L * key.length + 4L * value.length;
    }
  }

  @Test
  void againstAHashMap() {
    double build = build();
    assertSameAnswers();
    long[] hits = shuffled();
    long[] misses = random.longs(IDS).toArray();
    double valueBits = Math.ceil(Math.log(ROWS) / Math.log(2));
    double bits = 8.0 * (ours.serializedBytes() - 36) / IDS;
    double memory = (double) ours.serializedBytes() / peer.bytes();
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT,
            "%nStatic map, %,d ids, %,d rows, %d-bit signature, median of %d rounds, load %.1f%n",
            IDS,
            ROWS,
            SIGNATURE_BITS,
            ROUNDS,
            Processor.load()));
    line(out, "bits an id", bits, 1.2 * valueBits + SIGNATURE_BITS);
    line(out, "memory over fastutil's", memory, .2);
    line(out, "time to build over its", build, 10);
    lookUps(out, "known ids", hits);
    lookUps(out, "unknown ids", misses);
    System.out.print(out);
    assertThat(bits).isLessThanOrEqualTo(1.2 * valueBits + SIGNATURE_BITS);
    assertThat(memory).isLessThanOrEqualTo(.2);
  }

  private double build() {
    double[] our = new double[ROUNDS];
    double[] theirs = new double[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
      our[r] = Processor.nanos(() -> ours = StaticMap.build(ids, rows, ROWS, SIGNATURE_BITS, 1));
      theirs[r] = Processor.nanos(this::buildPeer);
    }
    return Processor.medianRatio(our, theirs);
  }

  private void buildPeer() {
    peer = new Peer(IDS);
    for (int i = 0; i < IDS; i++) {
      peer.put(ids[i], rows[i]);
    }
  }

  private void assertSameAnswers() {
    int wrong = 0;
    for (int from = 0; from < IDS; from += BATCH) {
      int n = Math.min(BATCH, IDS - from);
      System.arraycopy(ids, from, batch, 0, n);
      ours.get(batch, n, found);
      for (int i = 0; i < n; i++) {
        int row = peer.get(batch[i]);
        wrong += found[i] == row && ours.get(batch[i]) == row && row == rows[from + i] ? 0 : 1;
      }
    }
    assertThat(wrong).isZero();
  }

  private long[] shuffled() {
    long[] order = ids.clone();
    for (int i = IDS - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      long id = order[i];
      order[i] = order[j];
      order[j] = id;
    }
    return order;
  }

  private void lookUps(StringBuilder out, String name, long[] asked) {
    double[][] nanos = new double[3][ROUNDS];
    long[] sums = new long[3];
    for (int r = 0; r < ROUNDS; r++) {
      nanos[0][r] = Processor.nanos(() -> sums[0] += manyAtATime(asked)) / IDS;
      nanos[1][r] = Processor.nanos(() -> sums[1] += oneByOne(asked)) / IDS;
      nanos[2][r] = Processor.nanos(() -> sums[2] += peers(asked)) / IDS;
    }
    assertThat(sums[0]).isEqualTo(sums[1]);
    line(out, name + ", many at a time: time over its", ratio(nanos, 0), 1.5);
    line(out, name + ", one by one", ratio(nanos, 1), Double.NaN);
    out.append(
        String.format(
            Locale.ROOT,
            "    %.1f and %.1f ns an id, fastutil %.1f ns%n",
            Processor.median(nanos[0]),
            Processor.median(nanos[1]),
            Processor.median(nanos[2])));
  }

  private static double ratio(double[][] nanos, int side) {
    return Processor.medianRatio(nanos[side], nanos[2]);
  }

  private long manyAtATime(long[] asked) {
    long sum = 0;
    for (int from = 0; from < IDS; from += BATCH) {
      int n = Math.min(BATCH, IDS - from);
      System.arraycopy(asked, from, batch, 0, n);
      ours.get(batch, n, found);
      for (int i = 0; i < n; i++) {
        sum += found[i];
      }
    }
    return sum;
  }

  private long oneByOne(long[] asked) {
    long sum = 0;
    for (long id : asked) {
      sum += ours.get(id);
    }
    return sum;
  }

  private long peers(long[] asked) {
    long sum = 0;
    for (long id : asked) {
      sum += peer.get(id);
    }
    return sum;
  }

  /** Law of the format: what an id takes beside the header, for small maps and large ones. */
  @Test
  void bitsAnId() {
    StringBuilder out = new StringBuilder();
    for (int n : new int[] {100, 1000, 10_000, 100_000, 1_000_000}) {
      for (int values : new int[] {64, 1000, 100_000}) {
        StaticMap map = StaticMap.build(idsUpTo(n), rowsBelow(values, n), values, 4, 1);
        double valueBits = Math.ceil(Math.log(values) / Math.log(2));
        double bits = 8.0 * (map.serializedBytes() - 36) / n;
        String name = String.format(Locale.ROOT, "bits an id, %,d ids, %,d rows", n, values);
        line(out, name, bits, 1.2 * valueBits + 4);
        assertThat(bits).isLessThanOrEqualTo(1.2 * valueBits + 4);
      }
    }
    System.out.print(out);
  }

  private long[] idsUpTo(int n) {
    return Arrays.copyOf(ids, n);
  }

  private int[] rowsBelow(int values, int n) {
    return Arrays.stream(rows, 0, n).map(row -> row % values).toArray();
  }

  private static void line(StringBuilder out, String name, double figure, double target) {
    String most = Double.isNaN(target) ? "" : String.format(Locale.ROOT, "target %.2f", target);
    out.append(String.format(Locale.ROOT, "  %-44s %7.3f  %s%n", name, figure, most));
    BenchResults.add(StaticMapBench.class, name, figure, name.startsWith("bits") ? "bits" : "x");
  }
}
