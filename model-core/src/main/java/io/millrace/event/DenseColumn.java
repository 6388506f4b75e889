package io.millrace.event;

import java.io.Serializable;

/**
 * A numeric column of the log and how it becomes the network's input.
 *
 * @param name unique among the dense columns
 * @param column the column (csv, tsv) or key (jsonl, JSON) that holds the number
 * @param transform what is done to a number that is there
 * @param missing the input where there is none, taken as it is, after the transform; finite
 */
public record DenseColumn(String name, String column, Transform transform, float missing)
    implements Serializable {

  public DenseColumn {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name must not be empty");
    }
    if (column.isEmpty()) {
      throw new IllegalArgumentException("column must not be empty");
    }
    if (!Float.isFinite(missing)) {
      throw new IllegalArgumentException("missing must be finite but was " + missing);
    }
  }

  /** A column that is named like itself, 0 where missing. */
  public static DenseColumn of(String column, Transform transform) {
    return new DenseColumn(column, column, transform, 0);
  }
}
