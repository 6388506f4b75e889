package io.millrace.table;

/**
 * The rows of a table as they are trained, one by one, with the state of their update rule: for
 * copies of a table that exchange what they have changed.
 *
 * <p>A row is {@code float[length]}: its weights, then its state ({@link RowStore}). A view, not a
 * copy; one thread at a time.
 */
public final class RowValues {

  private final RowStore store;

  RowValues(RowStore store) {
    this.store = store;
  }

  /** Number of rows. */
  public int rows() {
    return store.rows();
  }

  /** Floats of a row's weights. */
  public int width() {
    return store.width();
  }

  /** Floats of a row with its state. */
  public int length() {
    return store.width() + store.stateWidth();
  }

  /** The rule that changes the rows. */
  public TableOptimizer optimizer() {
    return store.optimizer();
  }

  /** Batches learned so far, by which Adam corrects its bias. */
  public long steps() {
    return store.steps();
  }

  /** Sets the batches learned so far, where all rows are written too. */
  public void setSteps(long batches) {
    store.setSteps(batches);
  }

  /** Copies one row to {@code out[at .. at + length)}. */
  public void read(int row, float[] out, int at) {
    store.read(row, out, at);
  }

  /** Replaces one row by {@code in[at .. at + length)}. */
  public void write(int row, float[] in, int at) {
    store.write(row, in, at);
  }
}
