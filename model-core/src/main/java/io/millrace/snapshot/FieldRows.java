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

  /**
   * These rows with the changes of an update; this object does not change.
   *
   * @throws IllegalArgumentException if the changes do not fit
   */
  FieldRows with(ModelUpdate.FieldChange change);

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
    public Hashed with(ModelUpdate.FieldChange change) {
      PublishedModel.require("ids of rows that ids share", change.ids().length, 0);
      PublishedModel.require("changed rows", change.values().count(), change.rows().length);
      for (int row : change.rows()) {
        if (row < 0 || row >= count()) {
          throw new IllegalArgumentException(
              "row must be in 0.." + (count() - 1) + " but was " + row);
        }
      }
      return new Hashed(hash, combine, rows.with(change.rows(), change.values()));
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
   * io.millrace.dlrm.Dlrm#score}. Lookup is a binary search, 8 bytes an id and no more until
   * updates bring new ids, then 12.
   *
   * @param ids ascending, distinct
   * @param order number of the row of each id; empty if row {@code i} is that of {@code ids[i]}
   * @param rows one for each id
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes of ids, shared on purpose
  record Indexed(long[] ids, int[] order, StoredRows rows) implements FieldRows {
    public Indexed {
      if (rows.count() != ids.length) {
        throw new IllegalArgumentException(
            "rows must be as many as ids (" + ids.length + ") but were " + rows.count());
      }
      checkAscending(ids);
    }

    /** Rows in the order of the ids. */
    public Indexed(long[] ids, StoredRows rows) {
      this(ids, new int[0], rows);
    }

    private static void checkAscending(long[] ids) {
      for (int i = 1; i < ids.length; i++) {
        if (ids[i - 1] >= ids[i]) {
          throw new IllegalArgumentException("ids must be ascending but are not at " + i);
        }
      }
    }

    /** New ids get the rows after the last one, so that no other row moves. */
    @Override
    public Indexed with(ModelUpdate.FieldChange change) {
      PublishedModel.require("rows of ids that own them", change.rows().length, 0);
      PublishedModel.require("changed rows", change.values().count(), change.ids().length);
      checkAscending(change.ids());
      int[] changed = new int[change.ids().length];
      int added = 0;
      for (int i = 0; i < changed.length; i++) {
        int row = row(change.ids()[i]);
        changed[i] = row < 0 ? ids.length + added++ : row;
      }
      StoredRows grown = rows.with(changed, change.values());
      return added == 0 ? new Indexed(ids, order, grown) : merged(change.ids(), changed, grown);
    }

    private Indexed merged(long[] changed, int[] changedRows, StoredRows grown) {
      long[] mergedIds = new long[grown.count()];
      int[] mergedOrder = new int[grown.count()];
      int next = 0;
      int to = 0;
      for (int i = 0; i < changed.length; i++) {
        if (changedRows[i] >= ids.length) {
          while (next < ids.length && ids[next] < changed[i]) {
            mergedOrder[to] = rowAt(next);
            mergedIds[to++] = ids[next++];
          }
          mergedOrder[to] = changedRows[i];
          mergedIds[to++] = changed[i];
        }
      }
      for (; next < ids.length; next++) {
        mergedOrder[to] = rowAt(next);
        mergedIds[to++] = ids[next];
      }
      return new Indexed(mergedIds, mergedOrder, grown);
    }

    private int rowAt(int position) {
      return order.length == 0 ? position : order[position];
    }

    /** Number of an id's row; negative if it has none. */
    private int row(long id) {
      int position = Arrays.binarySearch(ids, id);
      return position < 0 ? position : rowAt(position);
    }

    @Override
    public int lookups() {
      return 1;
    }

    @Override
    public int lookUp(long id, int[] found) {
      found[0] = row(id);
      return found[0] < 0 ? 0 : 1;
    }

    @Override
    public Combine combine() {
      return Combine.SUM;
    }
  }
}
