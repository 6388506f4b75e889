package io.millrace.metric;

import it.unimi.dsi.fastutil.ints.Int2LongMap;
import it.unimi.dsi.fastutil.ints.Int2LongOpenHashMap;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Counts of numbers in bins, at most {@value #MAX_BINS} of them, as fine as the numbers allow: for
 * the distance between the distributions of two windows in bounded memory.
 *
 * <p>Floats order as the integers of their bits do. A bin holds the floats whose ordered bits agree
 * but for the last {@code shift}; the shift starts at 0, a bin for every distinct float, and grows
 * by one, which joins bins in pairs, whenever there are too many. So narrow ranges are cut finely
 * wherever they lie, and spread-out ones by equal ratios.
 *
 * <p>What comes out is a function of the numbers alone, to the bit: not of their order, nor of the
 * parts in which they were counted and {@linkplain #addAll added up}. For the shift is the least
 * one under which the numbers have at most {@value #MAX_BINS} bins, and a part never needs more
 * than the whole.
 *
 * <p>{@link #distance} is the Kolmogorov-Smirnov statistic over the common bins. It is at most the
 * exact one, and by no more than {@link #uncertainty}, the largest over the bins of the lesser of
 * their two shares: within a bin both distribution functions only rise, so their difference leaves
 * that at the bin's edges by at most one of the two rises.
 */
public final class ValueHistogram {

  /** Bins at most: at 12 bytes each, 24 kB as written. */
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

  /** Adds what another has counted. */
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

  /** Joins bins, at least up to a shift, until they are few enough. */
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

  /** Numbers counted. */
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
