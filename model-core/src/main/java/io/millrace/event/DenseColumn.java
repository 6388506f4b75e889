package io.millrace.event;

import java.io.Serializable;

/**
 * A numeric column of the log and how it becomes the network's input.
 *
 * @param name unique among the dense columns
 * @param column the column (csv, tsv) or key (jsonl, JSON) that holds the number
 * @param transform applied to a number that is present
 * @param missing the network's input for a missing number; not transformed; finite
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

  /** A column under its own name, 0 if missing. */
  public static DenseColumn of(String column, Transform transform) {
    return new DenseColumn(column, column, transform, 0);
  }
}
