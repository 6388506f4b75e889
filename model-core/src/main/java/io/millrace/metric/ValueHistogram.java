package io.millrace.metric;

import it.unimi.dsi.fastutil.ints.Int2LongMap;
import it.unimi.dsi.fastutil.ints.Int2LongOpenHashMap;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * A histogram with at most {@value #MAX_BINS} bins, as fine as the numbers allow; for the distance
 * between the distributions of two windows in bounded memory.
 *
 * <p>The bits of floats, read as ordered integers, have the order of the floats. A bin holds the
 * floats whose ordered bits agree except for the last {@code shift} bits. The shift starts at 0,
 * with a bin for every distinct float; whenever there are too many bins, it grows by one, which
 * joins bins in pairs. So a narrow range gets fine bins wherever it lies, and a wide range gets
 * bins of equal ratios.
 *
 * <p>The result depends on the numbers alone, to the bit: not on their order, nor on the histograms
 * in which they were counted and then {@linkplain #addAll added}. For the shift is the smallest one
 * with at most {@value #MAX_BINS} bins, and a subset of the numbers never needs a larger one.
 *
 * <p>{@link #distance} is the Kolmogorov-Smirnov statistic over the common bins. The exact
 * statistic is larger by at most {@link #uncertainty}: the maximum over the bins of the smaller of
 * their two shares. For within a bin both distribution functions only rise, so their difference
 * exceeds that at the bin's edges by at most one of the two rises.
 */
public final class ValueHistogram {

  /** Most bins: at 12 bytes each, 24 kB as written. */
  public static final int MAX_BINS = 2048;

  private Int2LongOpenHashMap bins = new Int2LongOpenHashMap();
  private int shift;
  private long count;

  /** Adds a number that is not NaN. */
  public void add(float value) {
    count++;
    bins.addTo(Auc.orderedBits(value) >> shift, 1);
    if (bins.size() > MAX_BINS) {
      coarsen(shift + 1);
    }
  }

  /** Adds the counts of another. */
  public void addAll(ValueHistogram other) {
    count += other.count;
    if (other.shift > shift) {
      coarsen(other.shift);
    }
    int rest = shift - other.shift;
    other
        .bins
        .int2LongEntrySet()
        .fastForEach(bin -> bins.addTo(bin.getIntKey() >> rest, bin.getLongValue()));
    if (bins.size() > MAX_BINS) {
      coarsen(shift + 1);
    }
  }

  /**
   * Joins bins until there are at most {@value #MAX_BINS}; the shift becomes at least {@code
   * atLeast}.
   */
  private void coarsen(int atLeast) {
    bins = joined(atLeast - shift);
    shift = atLeast;
    while (bins.size() > MAX_BINS) {
      bins = joined(1);
      shift++;
    }
  }

  private Int2LongOpenHashMap joined(int bits) {
    Int2LongOpenHashMap joined = new Int2LongOpenHashMap(bins.size());
    bins.int2LongEntrySet()
        .fastForEach(bin -> joined.addTo(bin.getIntKey() >> bits, bin.getLongValue()));
    return joined;
  }

  /** Number of counted numbers. */
  public long count() {
    return count;
  }

  /** Bins that hold a number. */
  public int bins() {
    return bins.size();
  }

  /** Largest distance of the distribution functions, in [0, 1]; NaN if either is empty. */
  public double distance(ValueHistogram other) {
    return count == 0 || other.count == 0 ? Double.NaN : compare(other)[0];
  }

  /** How much the exact distance may be larger, in [0, 1]; NaN if either is empty. */
  public double uncertainty(ValueHistogram other) {
    return count == 0 || other.count == 0 ? Double.NaN : compare(other)[1];
  }

  private double[] compare(ValueHistogram other) {
    int common = Math.max(shift, other.shift);
    Int2LongOpenHashMap mine = joined(common - shift);
    Int2LongOpenHashMap theirs = other.joined(common - other.shift);
    int[] keys = Arrays.copyOf(mine.keySet().toIntArray(), mine.size() + theirs.size());
    System.arraycopy(theirs.keySet().toIntArray(), 0, keys, mine.size(), theirs.size());
    long below = 0;
    long belowOther = 0;
    double distance = 0;
    double uncertainty = 0;
    for (int key : Arrays.stream(keys).sorted().distinct().toArray()) {
      long here = mine.get(key);
      long there = theirs.get(key);
      below += here;
      belowOther += there;
      distance =
          Math.max(distance, Math.abs((double) below / count - (double) belowOther / other.count));
      uncertainty =
          common == 0
              ? 0
              : Math.max(
                  uncertainty, Math.min((double) here / count, (double) there / other.count));
    }
    return new double[] {distance, uncertainty};
  }

  /** Writes {@code u8 shift | i32 bins | (i32 bin, i64 count) each}, bins ascending. */
  public void writeTo(DataOutput out) throws IOException {
    out.writeByte(shift);
    out.writeInt(bins.size());
    int[] keys = bins.keySet().toIntArray();
    Arrays.sort(keys);
    for (int key : keys) {
      out.writeInt(key);
      out.writeLong(bins.get(key));
    }
  }

  /** Reads what {@link #writeTo} wrote. */
  public static ValueHistogram readFrom(DataInput in) throws IOException {
    ValueHistogram read = new ValueHistogram();
    read.shift = in.readUnsignedByte();
    for (int n = in.readInt(); n > 0; n--) {
      read.bins.put(in.readInt(), in.readLong());
    }
    for (Int2LongMap.Entry bin : read.bins.int2LongEntrySet()) {
      read.count += bin.getLongValue();
    }
    return read;
  }
}
