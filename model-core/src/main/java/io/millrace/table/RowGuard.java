package io.millrace.table;

import io.millrace.math.FloatBlocks;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Protects an array of rows for {@linkplain FrozenState frozen states}: its owner calls it before
 * each change, and it preserves the rows that frozen states still need. Usually there are no frozen
 * states.
 */
final class RowGuard {

  private static final FrozenRows[] NONE = {};

  private FrozenRows[] open = NONE;

  /** True if rows may be changed freely. */
  boolean idle() {
    return open.length == 0;
  }

  /**
   * Writes the first rows of an array as big-endian floats, or freezes them if {@code out} belongs
   * to a frozen state.
   */
  void write(DataOutput out, float[] values, int width, int rows) throws IOException {
    FrozenRows frozen = freeze(out, values, width, rows);
    if (frozen == null) {
      FloatBlocks.write(out, values, rows * width);
    } else {
      FrozenState.writeLater(out, frozen::write);
    }
  }

  /** Freezes the first rows of an array; null if {@code out} belongs to no frozen state. */
  FrozenRows freeze(DataOutput out, float[] values, int width, int rows) {
    FrozenRows frozen = FrozenState.freeze(out, values, width, rows);
    if (frozen != null) {
      open = Arrays.copyOf(open, open.length + 1);
      open[open.length - 1] = frozen;
    }
    return frozen;
  }

  /** To be called before rows are changed. */
  void beforeChange(UniqueRows rows) {
    dropDone();
    for (FrozenRows frozen : open) {
      frozen.preserve(rows);
    }
  }

  /** To be called before a row is changed. */
  void beforeChange(int row) {
    dropDone();
    for (FrozenRows frozen : open) {
      frozen.preserve(row);
    }
  }

  private void dropDone() {
    for (FrozenRows frozen : open) {
      if (frozen.done()) {
        open = Arrays.stream(open).filter(f -> !f.done()).toArray(FrozenRows[]::new);
        return;
      }
    }
  }

  /** To be called when the array has been replaced: the old one will not change any more. */
  void replaced() {
    open = NONE;
  }
}
