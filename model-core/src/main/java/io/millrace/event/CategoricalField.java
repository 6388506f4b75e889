package io.millrace.event;

import java.io.Serializable;

/**
 * A categorical column of the log and how its values become ids.
 *
 * @param name the field's name; part of every id's hash, so renaming a field renames its ids
 * @param column the column (csv, tsv) or key (jsonl, JSON) that holds the value
 * @param separator separator of several values in one cell; empty for a single-valued field
 * @param expectedIds expected number of distinct ids, at least 1; determines the rows of compressed
 *     tables for a run
 * @param number whether values that are decimal numbers are compared as numbers, see {@link
 *     DecimalText}; other values stay texts
 */
public record CategoricalField(
    String name, String column, String separator, long expectedIds, boolean number)
    implements Serializable {

  public CategoricalField {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name must not be empty");
    }
    if (column.isEmpty()) {
      throw new IllegalArgumentException("column must not be empty");
    }
    if (expectedIds < 1) {
      throw new IllegalArgumentException("expected_ids must be >= 1 but was " + expectedIds);
    }
  }

  /** A field whose values are texts. */
  public CategoricalField(String name, String column, String separator, long expectedIds) {
    this(name, column, separator, expectedIds, false);
  }

  /** A single-valued field with the name of its column. */
  public static CategoricalField of(String column, long expectedIds) {
    return new CategoricalField(column, column, "", expectedIds);
  }

  /** True if one cell may hold several values. A list in JSON may hold several in any field. */
  public boolean multiHot() {
    return !separator.isEmpty();
  }
}
