package io.millrace.metric;

import io.millrace.math.Mix64;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Approximate frequencies of ids in fixed memory: a count-min sketch (Cormode and Muthukrishnan
 * 2005) of bytes with conservative update (Estan and Varghese 2002).
 *
 * <p>There are four rows of cells, and an id has a cell in each. Its estimate is the smallest of
 * the four; only cells equal to the smallest are incremented. Unit: occurrences since the sketch
 * was created; range 0 to 127, where cells saturate. An estimate is never below {@code min(true
 * count, 127)}; it is too high if the id shares all four cells with more frequent ids: with {@code
 * width} cells a row the excess is at most {@code e * N / width} for all but 2 % of the ids after N
 * additions, and far less in power-law data thanks to the conservative update. Good enough for
 * {@link FrequencyBucket}s, whose largest bound is 100.
 *
 * <p>Not thread-safe. {@link #countAndAdd} costs four cache misses and allocates nothing.
 */
public final class FrequencySketch {

  /** Cells of the default sketch, one byte each. */
  public static final int DEFAULT_CELLS = 1 << 20;

  /** Largest estimate. */
  public static final int MAX_COUNT = Byte.MAX_VALUE;

  private static final int DEPTH = 4;
  private static final int FORMAT = 1;

  private final byte[] cells;
  private final int width;

  /** A sketch of 2^20 cells. */
  public FrequencySketch() {
    this(DEFAULT_CELLS);
  }

  /**
   * An empty sketch.
   *
   * @param cells bytes in all, a power of two in 16..2^30
   */
  public FrequencySketch(int cells) {
    if (cells < 16 || Integer.bitCount(cells) != 1) {
      throw new IllegalArgumentException(
          "cells must be a power of two in 16..2^30 but was " + cells);
    }
    this.cells = new byte[cells];
    this.width = cells / DEPTH;
  }

  /** Estimate of how often {@code id} was added, 0 to 127. */
  public int count(long id) {
    long hash = Mix64.mix(id);
    int least = MAX_COUNT;
    for (int row = 0; row < DEPTH; row++) {
      least = Math.min(least, cells[cell(hash, row)]);
    }
    return least;
  }

  /** Adds one occurrence of {@code id} and returns the estimate before it, 0 to 127. */
  public int countAndAdd(long id) {
    long hash = Mix64.mix(id);
    int before = count(id);
    if (before < MAX_COUNT) {
      for (int row = 0; row < DEPTH; row++) {
        int cell = cell(hash, row);
        if (cells[cell] == before) {
          cells[cell]++;
        }
      }
    }
    return before;
  }

  /** Cell of a row from two halves of one hash (Kirsch and Mitzenmacher 2006). */
  private int cell(long hash, int row) {
    int step = (int) (hash >>> 32) | 1;
    return row * width + ((int) hash + row * step & width - 1);
  }

  /** Writes format (1 byte), number of cells (int) and the cells. */
  public void writeTo(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeInt(cells.length);
    out.write(cells);
  }

  /** Reads what {@link #writeTo} wrote. */
  public static FrequencySketch readFrom(DataInput in) throws IOException {
    int format = in.readUnsignedByte();
    if (format != FORMAT) {
      throw new IOException("frequency sketch has format " + format + " but must have " + FORMAT);
    }
    FrequencySketch sketch = new FrequencySketch(in.readInt());
    in.readFully(sketch.cells);
    return sketch;
  }
}
