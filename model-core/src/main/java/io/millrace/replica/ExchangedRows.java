package io.millrace.replica;

import io.millrace.dlrm.FieldTable;
import io.millrace.linear.LinearPart;
import io.millrace.table.RowValues;
import io.millrace.table.TouchedRows;

/** The rows of a field's table, or the slots of a linear part, by keys that all copies share. */
interface ExchangedRows {

  /** Floats of a row with the state of its optimiser. */
  int length();

  /** How changes of a row are merged. */
  RowMerge rule();

  /** Which rows have changed. */
  TouchedRows track();

  /** The key of a row, see {@link RowSet#keys}. */
  long key(int row);

  /** The row of a key; a new id gets one. */
  int row(long key);

  void read(int row, float[] out, int at);

  void write(int row, float[] in, int at);

  /** Whether rows are owned by ids, whose accesses are counted. */
  default boolean owned() {
    return false;
  }

  /** Adds accesses of the id that owns a row. */
  default void access(long key, float accesses) {}

  /** Accesses of the id that owns a row since this was called last. */
  default float takeAccesses(int row) {
    return 0;
  }

  /** The rows of a table. */
  final class OfTable implements ExchangedRows {
    private final FieldTable field;
    private final RowValues values;
    private final RowMerge rule;

    OfTable(FieldTable field) {
      this.field = field;
      this.values = field.table().rowValues();
      this.rule = new ScaledSum(values.optimizer(), values.width());
    }

    @Override
    public int length() {
      return values.length();
    }

    @Override
    public RowMerge rule() {
      return rule;
    }

    @Override
    public TouchedRows track() {
      return field.table().track();
    }

    @Override
    public long key(int row) {
      return owned() ? field.index().id(row) : row;
    }

    @Override
    public int row(long key) {
      return owned() ? field.rowOf(key, 0) : (int) key;
    }

    @Override
    public void read(int row, float[] out, int at) {
      values.read(row, out, at);
    }

    @Override
    public void write(int row, float[] in, int at) {
      values.write(row, in, at);
    }

    @Override
    public boolean owned() {
      return field.index() != null;
    }

    @Override
    public void access(long key, float accesses) {
      field.rowOf(key, accesses);
    }

    @Override
    public float takeAccesses(int row) {
      return field.index().takeCount(row);
    }
  }

  /** The slots of a linear part, the bias after the last. */
  final class OfLinear implements ExchangedRows {
    private static final int FLOATS = 2;

    private final LinearPart linear;

    OfLinear(LinearPart linear) {
      this.linear = linear;
    }

    @Override
    public int length() {
      return FLOATS;
    }

    @Override
    public RowMerge rule() {
      return new MeanChange();
    }

    @Override
    public TouchedRows track() {
      return linear.track();
    }

    @Override
    public long key(int row) {
      return row;
    }

    @Override
    public int row(long key) {
      return (int) key;
    }

    @Override
    public void read(int row, float[] out, int at) {
      linear.read(row, out, at);
    }

    @Override
    public void write(int row, float[] in, int at) {
      linear.write(row, in, at);
    }
  }
}
