package io.millrace.spec;

import io.millrace.event.Schema;
import java.io.Serializable;

/**
 * What has become of the columns of a job that went on from a savepoint with others.
 *
 * @param next the number that the next new column gets; all lower ones were given before. 0 if the
 *     columns are those that the job began with
 * @param former the columns before; null if the columns are those that the job began with
 */
public record ColumnHistory(int next, Former former) implements Serializable {

  /** The history of a job whose columns have not changed. */
  public static final ColumnHistory NONE = new ColumnHistory(0, null);

  /**
   * Columns that the job had before.
   *
   * @param schema their names, numbers and expected ids; sources and transforms are not known
   * @param columns their history
   */
  public record Former(Schema schema, ColumnHistory columns) implements Serializable {}
}
