package io.millrace.snapshot;

import io.millrace.hash.IdHash;
import io.millrace.table.Combine;
import java.util.Arrays;

/**
 * The rows of one categorical field as they are served, and how an id finds its row. Immutable by
 * contract: arrays are shared, never written.
 */
public sealed interface FieldRows permits FieldRows.Hashed, FieldRows.Indexed {

  /** Most rows that an id uses, at least 1. */
  int lookups();

  /**
   * Finds the rows of {@code id}.
   *
   * @param found receives them, {@code int[lookups()]} or longer
   * @return how many there are; 0 if it has none: it then contributes the zero vector
   */
  int lookUp(long id, int[] found);

  /** The rows, {@code float[count() * rowLength(dim)]}, row-major. */
  float[] rows();

  /** Number of rows. */
  int count();

  /** How an id's rows become its vector. */
  Combine combine();

  /** Floats of a row in a model whose vectors have length {@code dim}. */
  default int rowLength(int dim) {
    return combine().rowLength(dim, lookups());
  }

  /**
   * Ids share rows by a hash: every id has one or several.
   *
   * @param hash one that {@link Manifest.Kind} lists
   * @param combine how an id's rows become its vector
   * @param rows {@code float[hash.rows() * rowLength(dim)]}
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes of weights, shared on purpose
  record Hashed(IdHash hash, Combine combine, float[] rows) implements FieldRows {
    @Override
    public int lookups() {
      return hash.lookups();
    }

    @Override
    public int lookUp(long id, int[] found) {
      return hash.lookUp(id, found);
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
    public int lookups() {
      return 1;
    }

    @Override
    public int lookUp(long id, int[] found) {
      found[0] = Arrays.binarySearch(ids, id);
      return found[0] < 0 ? 0 : 1;
    }

    @Override
    public int count() {
      return ids.length;
    }

    @Override
    public Combine combine() {
      return Combine.SUM;
    }
  }
}
