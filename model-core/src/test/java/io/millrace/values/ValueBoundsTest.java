package io.millrace.values;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.ValueListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law: what is said of a value's frequency is true, whatever the stream. */
class ValueBoundsTest {

  private static final int EVENTS = 60_000;
  private static final int CAPACITY = 200;

  /** Ids of a stream: Zipf with an exponent, or flat with 0; a new set of them after a third. */
  private static long[] stream(int ids, double exponent, long seed) {
    double[] ends = new double[ids];
    double sum = 0;
    for (int i = 0; i < ids; i++) {
      sum += Math.pow(i + 1, -exponent);
      ends[i] = sum;
    }
    SplittableRandom random = new SplittableRandom(seed);
    long[] stream = new long[EVENTS];
    for (int n = 0; n < EVENTS; n++) {
      int at = Arrays.binarySearch(ends, random.nextDouble(sum));
      long shift = n < EVENTS / 3 ? ids / 2 : 0;
      stream[n] = Math.min(ids - 1, at < 0 ? -1 - at : at) + shift;
    }
    return stream;
  }

  private static Map<Long, Long> exact(long[] stream) {
    Map<Long, Long> exact = new HashMap<>();
    for (long id : stream) {
      exact.merge(id, 1L, Long::sum);
    }
    return exact;
  }

  private static void count(ValueListener listener, long[] stream, int from, int to) {
    for (int n = from; n < to; n++) {
      byte[] value = utf8("v" + stream[n]);
      listener.value(0, stream[n], value, 0, value.length);
    }
  }

  private static void assertBounds(HotValues hot, Map<Long, Long> exact) {
    HotValues.Counted counted = hot.counted().get(0);
    Map<Long, Long> others = new HashMap<>(exact);
    for (HotValues.HotValue value : counted.values()) {
      long truth = others.remove(value.id());
      assertThat(value.count()).isPositive();
      assertThat(truth).isBetween(value.count(), value.count() + value.error());
    }
    assertThat(others.values()).allMatch(truth -> truth <= counted.dropped());
  }

  // Law: the truth is within the bounds of every value that is kept, and at most the bound of all
  // others; for one reader, and for the sum of several whose deltas come in any order.
  @ParameterizedTest
  @CsvSource({"100, 1.1", "5000, 1.1", "5000, 0.6", "1000, 0", "20000, 0", "399, 0"})
  void boundsHoldTheTruth(int ids, double exponent) {
    long[] stream = stream(ids, exponent, ids);
    Map<Long, Long> exact = exact(stream);
    HotValues whole = new HotValues(SCHEMA, CAPACITY);
    count(whole, stream, 0, EVENTS);
    assertBounds(whole, exact);
    HotValues sum = new HotValues(SCHEMA, CAPACITY);
    HotValues reader = new HotValues(SCHEMA, CAPACITY);
    SplittableRandom random = new SplittableRandom(3);
    for (int from = 0; from < EVENTS; ) {
      int to = Math.min(EVENTS, from + random.nextInt(1, 9_000));
      count(reader, stream, from, to);
      sum.add(reader.counted());
      reader.clear();
      from = to;
    }
    assertBounds(sum, exact);
    if (exact.size() < 2 * CAPACITY) {
      assertThat(sum.top(0, 1)).allMatch(v -> v.error() == 0 && v.count() == exact.get(v.id()));
    }
  }

  // Law: counts of a sample are exact, and the named values are those of the largest counts.
  @ParameterizedTest
  @CsvSource({"100, 1.1", "5000, 0.6", "20000, 0"})
  void samplesAreCountedExactly(int ids, double exponent) {
    long[] stream = stream(ids, exponent, ids + 1);
    Map<Long, Long> exact = exact(stream);
    ValueCounts counts = new ValueCounts(2, 3);
    count(counts, stream, 0, EVENTS);
    assertThat(counts.distinct(0)).isEqualTo(exact.size());
    assertThat(counts.distinct(1)).isZero();
    List<Long> largest = new ArrayList<>(exact.values());
    largest.sort(Comparator.reverseOrder());
    List<String> top = counts.top(0);
    assertThat(top).doesNotHaveDuplicates().hasSize(3);
    for (int i = 0; i < 3; i++) {
      String[] parts = top.get(i).split("[v ()]+");
      assertThat(exact.get(Long.parseLong(parts[1])))
          .isEqualTo(Long.parseLong(parts[2]))
          .isEqualTo(largest.get(i));
    }
  }
}
