package io.millrace.metric;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Accumulates the predictions of one arm in one event-time window, overall and by {@link
 * FrequencyBucket}, in bounded memory. See docs/algorithms.md, section 11.
 *
 * <p>Sums of loss and prediction are float64, in the order of {@link #add}; so the same events in
 * the same order give the same bits, also if the accumulator is written and read in between. For
 * the AUC every event is kept as 8 bytes and sorted for a result. Beyond {@code exactEvents}
 * events, they are folded into a histogram of 65,536 bins per bucket and class (4 MiB for any
 * number of events).
 *
 * <p>A bin is given by the upper bits of the float, whose order is that of the numbers: 512 bins
 * per octave, so a bin is at most 2^-9 of the prediction wide. Two predictions in one bin count as
 * a tie. The AUC is then off by at most half of the share of (positive, negative) pairs that fall
 * into a common bin: some 1e-4 on spread-out predictions. Nothing else loses accuracy.
 *
 * <p>Not thread-safe. {@link #add} allocates nothing except when its buffer doubles.
 */
public final class WindowMetrics {

  /** Default number of events kept exactly: 2^20, at most 8 MiB. */
  public static final int DEFAULT_EXACT_EVENTS = 1 << 20;

  /** Bins of a histogram. */
  public static final int BINS = 65_536;

  private static final int BIN_SHIFT = 14;
  private static final int NAN_BIN = BINS - 1;
  private static final int CELLS = FrequencyBucket.COUNT * 2;
  private static final int ALL = FrequencyBucket.COUNT;
  private static final int FORMAT = 1;

  private final int exactEvents;
  private final long[] events = new long[ALL + 1];
  private final long[] positives = new long[ALL + 1];
  private final double[] lossSum = new double[ALL + 1];
  private final double[] pSum = new double[ALL + 1];

  /** Order bits of p, bucket (2 bits), label (1 bit); null once folded. */
  private long[] exact;

  private int exactSize;

  /** {@code long[bucket * 2 + label][bin]}; null until folded. */
  private long[][] bins;

  /** Keeps up to 2^20 events exactly. */
  public WindowMetrics() {
    this(DEFAULT_EXACT_EVENTS);
  }

  /**
   * An empty accumulator.
   *
   * @param exactEvents most events kept exactly; with more, the AUC comes from the histogram; at
   *     least 0
   */
  public WindowMetrics(int exactEvents) {
    if (exactEvents < 0) {
      throw new IllegalArgumentException("exactEvents must be >= 0 but was " + exactEvents);
    }
    this.exactEvents = exactEvents;
    this.exact = new long[Math.min(exactEvents, 256)];
  }

  /**
   * Adds one prediction.
   *
   * @param p predicted probability, in [0, 1]
   * @param label 1 or 0 (greater than 0 is positive); an event without a label (NaN) is skipped, as
   *     it measures nothing
   * @param bucket ordinal of the event's {@link FrequencyBucket}
   */
  public void add(float p, float label, int bucket) {
    if (Float.isNaN(label)) {
      return;
    }
    int positive = label > 0 ? 1 : 0;
    double loss = LogLoss.of(p, positive == 1);
    addSums(bucket, positive, loss, p);
    addSums(ALL, positive, loss, p);
    if (exact != null && exactSize == exactEvents) {
      fold();
    }
    if (exact == null) {
      bins[bucket << 1 | positive][bin(p)]++;
    } else {
      keep((long) Auc.orderedBits(p) << 3 | bucket << 1 | positive);
    }
  }

  private void addSums(int slot, int positive, double loss, double p) {
    events[slot]++;
    positives[slot] += positive;
    lossSum[slot] += loss;
    pSum[slot] += p;
  }

  private void keep(long key) {
    if (exactSize == exact.length) {
      exact = Arrays.copyOf(exact, (int) Math.min(exactEvents, Math.max(16, 2L * exactSize)));
    }
    exact[exactSize++] = key;
  }

  private void fold() {
    bins = new long[CELLS][BINS];
    for (int i = 0; i < exactSize; i++) {
      bins[(int) (exact[i] & 7)][bin(score(exact[i]))]++;
    }
    exact = null;
    exactSize = 0;
  }

  private static float score(long key) {
    int ordered = (int) (key >> 3);
    return Float.intBitsToFloat(ordered < 0 ? ordered ^ 0x7FFFFFFF : ordered);
  }

  /** Bin of a prediction; below 0 and above 1 count as 0 and 1. */
  private static int bin(float p) {
    if (Float.isNaN(p)) {
      return NAN_BIN;
    }
    return Float.floatToIntBits(Math.min(Math.max(p, 0f), 1f)) >>> BIN_SHIFT;
  }

  /**
   * Adds another window's events after this one's, as for a sliding window of panes. The sums add
   * in float64; the AUC is that of the union, exact if both are exact and fit together.
   */
  public void addAll(WindowMetrics other) {
    for (int s = 0; s <= ALL; s++) {
      events[s] += other.events[s];
      positives[s] += other.positives[s];
      lossSum[s] += other.lossSum[s];
      pSum[s] += other.pSum[s];
    }
    if (exact != null
        && (other.exact == null || exactSize + (long) other.exactSize > exactEvents)) {
      fold();
    }
    for (int i = 0; i < other.exactSize; i++) {
      if (exact != null) {
        keep(other.exact[i]);
      } else {
        bins[(int) (other.exact[i] & 7)][bin(score(other.exact[i]))]++;
      }
    }
    for (int c = 0; other.exact == null && c < CELLS; c++) {
      for (int b = 0; b < BINS; b++) {
        bins[c][b] += other.bins[c][b];
      }
    }
  }

  /** Labelled events so far. */
  public long events() {
    return events[ALL];
  }

  /** True while the AUC is exact. */
  public boolean exact() {
    return exact != null;
  }

  /** Metrics over all buckets. */
  public Metrics result() {
    return result(ALL, -1);
  }

  /** Metrics of the events whose rarest id is in {@code bucket}. */
  public Metrics result(FrequencyBucket bucket) {
    return result(bucket.ordinal(), bucket.ordinal());
  }

  private Metrics result(int slot, int bucket) {
    double auc = Double.NaN;
    if (!Double.isNaN(lossSum[slot])) {
      auc = exact != null ? exactAuc(bucket) : binnedAuc(bucket);
    }
    return Metrics.of(events[slot], positives[slot], auc, lossSum[slot], pSum[slot]);
  }

  private double exactAuc(int bucket) {
    long[] sorted = Arrays.copyOf(exact, exactSize);
    Arrays.sort(sorted);
    Auc auc = new Auc();
    for (int from = 0; from < sorted.length; ) {
      int to = from;
      long taken = 0;
      long positive = 0;
      for (; to < sorted.length && sorted[to] >> 3 == sorted[from] >> 3; to++) {
        if (bucket < 0 || (sorted[to] >> 1 & 3) == bucket) {
          taken++;
          positive += sorted[to] & 1;
        }
      }
      auc.addGroup(taken - positive, positive);
      from = to;
    }
    return auc.value();
  }

  private double binnedAuc(int bucket) {
    Auc auc = new Auc();
    for (int bin = 0; bin < BINS; bin++) {
      long[] count = new long[2];
      for (int cell = 0; cell < CELLS; cell++) {
        if (bucket < 0 || cell >> 1 == bucket) {
          count[cell & 1] += bins[cell][bin];
        }
      }
      auc.addGroup(count[0], count[1]);
    }
    return auc.value();
  }

  /**
   * Writes everything: format (1 byte), exactEvents (int), per bucket and overall events, positives
   * (long), loss and prediction sums (double), exact flag, then either the events (int count,
   * longs) or the non-zero bins (per cell int count, then int bin and long count).
   */
  public void writeTo(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeInt(exactEvents);
    for (int s = 0; s <= ALL; s++) {
      out.writeLong(events[s]);
      out.writeLong(positives[s]);
      out.writeDouble(lossSum[s]);
      out.writeDouble(pSum[s]);
    }
    out.writeBoolean(exact != null);
    if (exact != null) {
      out.writeInt(exactSize);
      for (int i = 0; i < exactSize; i++) {
        out.writeLong(exact[i]);
      }
    } else {
      writeBins(out);
    }
  }

  private void writeBins(DataOutput out) throws IOException {
    for (long[] cell : bins) {
      out.writeInt((int) Arrays.stream(cell).filter(count -> count != 0).count());
      for (int bin = 0; bin < BINS; bin++) {
        if (cell[bin] != 0) {
          out.writeInt(bin);
          out.writeLong(cell[bin]);
        }
      }
    }
  }

  /** Reads what {@link #writeTo} wrote; further events give the same bits as without the copy. */
  public static WindowMetrics readFrom(DataInput in) throws IOException {
    int format = in.readUnsignedByte();
    if (format != FORMAT) {
      throw new IOException("window metrics have format " + format + " but must have " + FORMAT);
    }
    WindowMetrics m = new WindowMetrics(in.readInt());
    for (int s = 0; s <= ALL; s++) {
      m.events[s] = in.readLong();
      m.positives[s] = in.readLong();
      m.lossSum[s] = in.readDouble();
      m.pSum[s] = in.readDouble();
    }
    if (in.readBoolean()) {
      m.readExact(in);
    } else {
      m.readBins(in);
    }
    return m;
  }

  private void readExact(DataInput in) throws IOException {
    int size = in.readInt();
    if (size < 0 || size > exactEvents) {
      throw new IOException("window metrics hold " + size + " events, not 0.." + exactEvents);
    }
    exact = new long[Math.max(size, exact.length)];
    for (exactSize = 0; exactSize < size; exactSize++) {
      exact[exactSize] = in.readLong();
    }
  }

  private void readBins(DataInput in) throws IOException {
    fold();
    for (long[] cell : bins) {
      for (int left = in.readInt(); left > 0; left--) {
        cell[in.readInt()] = in.readLong();
      }
    }
  }
}
