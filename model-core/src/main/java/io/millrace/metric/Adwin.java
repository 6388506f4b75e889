package io.millrace.metric;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * ADWIN: a window that grows while the mean is stable, and drops its older values when their mean
 * differs from that of the newer ones.
 *
 * <p>The test cuts the window of {@code W} values in two, at the end of each bucket in turn. The
 * means differ if, with {@code n0} and {@code n1} values, {@code m = 1/n0 + 1/n1} and the window's
 * variance,
 *
 * <pre>
 * |mean0 - mean1| > sqrt(2 m variance ln(2 ln(W) / delta)) + 2/3 m ln(2 ln(W) / delta)
 * </pre>
 *
 * <p>(Theorem 3.2 of the paper, in the form for small samples.) Then the oldest bucket goes, and
 * the test begins again. Values are kept in an exponential histogram: buckets of {@code 2^i}
 * values, at most {@value #PER_ROW} of a size, two of which become one of the next size; so memory
 * and a test are O(log W). The bound holds for values in [0, 1]; for another range {@code delta} is
 * a setting without that meaning, to be chosen by measurement.
 *
 * <p>Reference: Bifet and Gavalda, Learning from time-changing data with adaptive windowing, SDM
 * 2007. See docs/algorithms.md, section 10.4.
 */
public final class Adwin implements ChangeDetector {

  private static final int FORMAT = 1;
  private static final int PER_ROW = 5;
  private static final int LEAST_PART = 5;

  /**
   * Settings.
   *
   * @param delta bound on the share of false alarms among tests, in (0, 1)
   * @param clock values between two tests, at least 1
   * @param least number of values before the first test, at least {@code 2 * LEAST_PART}
   */
  public record Options(double delta, int clock, int least) {
    public Options {
      if (!(delta > 0 && delta < 1)) {
        throw new IllegalArgumentException("delta must be in (0, 1) but was " + delta);
      }
      if (clock < 1) {
        throw new IllegalArgumentException("clock must be >= 1 but was " + clock);
      }
      if (least < 2 * LEAST_PART) {
        throw new IllegalArgumentException(
            "least must be >= " + 2 * LEAST_PART + " but was " + least);
      }
    }
  }

  /** Sum, and sum of squared distances from the mean, of a power of two of values. */
  private record Bucket(double sum, double squares) {

    Bucket plus(Bucket other, long each) {
      double between = sum / each - other.sum / each;
      return new Bucket(sum + other.sum, squares + other.squares + each / 2.0 * between * between);
    }
  }

  private final Options options;

  /** Row {@code i} holds buckets of {@code 2^i} values, the oldest first. */
  private final List<Deque<Bucket>> rows = new ArrayList<>();

  private long width;
  private double sum;
  private double squares;
  private long seen;

  /** A detector without values. */
  public Adwin(Options options) {
    this.options = options;
  }

  /** Number of values in the window. */
  public long width() {
    return width;
  }

  /** Mean of the window's values; NaN if it is empty. */
  public double mean() {
    return width == 0 ? Double.NaN : sum / width;
  }

  @Override
  public boolean add(double value) {
    ChangeDetector.finite(value);
    if (width > 0) {
      double from = value - mean();
      squares += width / (width + 1.0) * from * from;
    }
    width++;
    sum += value;
    row(0).addLast(new Bucket(value, 0));
    compress();
    boolean changed = false;
    if (++seen % options.clock() == 0 && width >= options.least()) {
      while (cut()) {
        changed = true;
        dropOldest();
      }
    }
    return changed;
  }

  private Deque<Bucket> row(int i) {
    if (i == rows.size()) {
      rows.add(new ArrayDeque<>());
    }
    return rows.get(i);
  }

  private void compress() {
    for (int i = 0; i < rows.size() && rows.get(i).size() > PER_ROW; i++) {
      Bucket older = rows.get(i).removeFirst();
      Bucket newer = rows.get(i).removeFirst();
      row(i + 1).addLast(older.plus(newer, 1L << i));
    }
  }

  /** Whether the means of an older and a newer part of the window differ. */
  private boolean cut() {
    double confidence = Math.log(2 * Math.log((double) width) / options.delta());
    double variance = squares / width;
    long n0 = 0;
    double sum0 = 0;
    for (int i = rows.size() - 1; i >= 0; i--) {
      for (Bucket bucket : rows.get(i)) {
        n0 += 1L << i;
        sum0 += bucket.sum();
        long n1 = width - n0;
        if (n1 < LEAST_PART) {
          return false;
        }
        if (n0 >= LEAST_PART) {
          double m = 1.0 / n0 + 1.0 / n1;
          double bound = Math.sqrt(2 * m * variance * confidence) + 2 / 3.0 * m * confidence;
          if (Math.abs(sum0 / n0 - (sum - sum0) / n1) > bound) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private void dropOldest() {
    int last = rows.size() - 1;
    Bucket oldest = rows.get(last).removeFirst();
    long n = 1L << last;
    long rest = width - n;
    double between = oldest.sum() / n - (sum - oldest.sum()) / rest;
    squares -= oldest.squares() + (double) n * rest / width * between * between;
    squares = Math.max(0, squares);
    sum -= oldest.sum();
    width = rest;
    if (rows.get(last).isEmpty()) {
      rows.remove(last);
    }
  }

  @Override
  public void reset() {
    rows.clear();
    width = 0;
    sum = 0;
    squares = 0;
    seen = 0;
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(seen);
    out.writeLong(width);
    out.writeDouble(sum);
    out.writeDouble(squares);
    out.writeByte(rows.size());
    for (Deque<Bucket> row : rows) {
      out.writeByte(row.size());
      for (Bucket bucket : row) {
        out.writeDouble(bucket.sum());
        out.writeDouble(bucket.squares());
      }
    }
  }

  @Override
  public void readState(DataInput in) throws IOException {
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IOException("ADWIN: format must be " + FORMAT + " but was " + format);
    }
    seen = in.readLong();
    width = in.readLong();
    sum = in.readDouble();
    squares = in.readDouble();
    rows.clear();
    for (int r = in.readByte(); r > 0; r--) {
      Deque<Bucket> row = row(rows.size());
      for (int b = in.readByte(); b > 0; b--) {
        row.addLast(new Bucket(in.readDouble(), in.readDouble()));
      }
    }
  }
}
