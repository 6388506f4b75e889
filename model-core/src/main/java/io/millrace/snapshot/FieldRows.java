package io.millrace.snapshot;

import io.millrace.hash.IdHash;
import java.util.Arrays;

/**
 * The rows of one categorical field as they are served, and how an id finds its row. Immutable by
 * contract: arrays are shared, never written.
 */
public sealed interface FieldRows permits FieldRows.Hashed, FieldRows.Indexed {

  /** Row of {@code id}, or -1 if it has none: it then contributes the zero vector. */
  int row(long id);

  /** The rows, {@code float[count() * dim]}, row-major. */
  float[] rows();

  /** Number of rows. */
  int count();

  /**
   * Ids share rows by a hash: every id has one.
   *
   * @param hash {@link io.millrace.hash.ModuloHash} or {@link io.millrace.hash.MappedHash}
   * @param rows {@code float[hash.rows() * dim]}
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes of weights, shared on purpose
  record Hashed(IdHash hash, float[] rows) implements FieldRows {
    @Override
    public int row(long id) {
      return hash.row(id);
    }

    @Override
    public int count() {
      return hash.rows();
    }
  }

  /**
   * Every known id owns a row. An unknown id contributes nothing, as in {@link
   * io.millrace.dlrm.Dlrm#score}. Lookup is a binary search, 8 bytes an id and no more.
   *
   * @param ids ascending, distinct
   * @param rows {@code float[ids.length * dim]}, in the order of the ids
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  record Indexed(long[] ids, float[] rows) implements FieldRows {
    public Indexed {
      for (int i = 1; i < ids.length; i++) {
        if (ids[i - 1] >= ids[i]) {
          throw new IllegalArgumentException("ids must be ascending but are not at " + i);
        }
      }
    }

    @Override
    public int row(long id) {
      return Math.max(-1, Arrays.binarySearch(ids, id));
    }

    @Override
    public int count() {
      return ids.length;
    }
  }
}
