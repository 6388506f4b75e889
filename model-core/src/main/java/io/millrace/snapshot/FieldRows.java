package io.millrace.snapshot;

import io.millrace.hash.IdHash;
import io.millrace.table.Combine;
import io.millrace.table.StoredRows;
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

  /** The rows, of length {@link #rowLength}. */
  StoredRows rows();

  /** Number of rows. */
  default int count() {
    return rows().count();
  }

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
   * @param rows as many as the hash has; dense if they are multiplied or joined
   */
  record Hashed(IdHash hash, Combine combine, StoredRows rows) implements FieldRows {
    public Hashed {
      if (rows.count() != hash.rows()) {
        throw new IllegalArgumentException(
            "rows must be as many as the hash has (" + hash.rows() + ") but were " + rows.count());
      }
      if (combine != Combine.SUM && !(rows instanceof StoredRows.Dense)) {
        throw new IllegalArgumentException(
            "rows must be dense if they combine by " + combine.key());
      }
    }

    @Override
    public int lookups() {
      return hash.lookups();
    }

    @Override
    public int lookUp(long id, int[] found) {
      return hash.lookUp(id, found);
    }
  }

  /**
   * Every known id owns a row. An unknown id contributes nothing, as in {@link
   * io.millrace.dlrm.Dlrm#score}. Lookup is a binary search, 8 bytes an id and no more.
   *
   * @param ids ascending, distinct
   * @param rows in the order of the ids
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes of ids, shared on purpose
  record Indexed(long[] ids, StoredRows rows) implements FieldRows {
    public Indexed {
      if (rows.count() != ids.length) {
        throw new IllegalArgumentException(
            "rows must be as many as ids (" + ids.length + ") but were " + rows.count());
      }
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
    public Combine combine() {
      return Combine.SUM;
    }
  }
}
