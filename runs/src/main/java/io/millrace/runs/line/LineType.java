package io.millrace.runs.line;

import java.util.function.ObjDoubleConsumer;

/**
 * A kind of line.
 *
 * @param file name of the file in the run directory that holds them
 * @param columns in the order in which they are written
 * @param <T> the records that the lines are made from
 */
public record LineType<T>(String file, Columns<T> columns) {

  /** A line, without its end. */
  public String json(T record) {
    return columns.object(record).toString();
  }

  /** Calls {@code gauges} with the name and value of each gauge of a record; NaN for no value. */
  public void show(T record, ObjDoubleConsumer<String> gauges) {
    columns.show(columns.object(record), gauges);
  }
}
