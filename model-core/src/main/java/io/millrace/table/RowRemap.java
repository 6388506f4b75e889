package io.millrace.table;

import java.util.Arrays;

/**
 * The move of weights to new rows when the map of ids to rows changes: the warm start of a table
 * under a new map.
 *
 * <p>With {@code M_q} the known ids of new row {@code q}, each with its old row and weight,
 *
 * <pre>W1[q] = sum_{i in M_q} w_i W0[old(i)] / sum_{i in M_q} w_i</pre>
 *
 * and the optimiser state moves with the same weights, because it is an average of squares. A row
 * whose ids all come from one old row is copied to the bit.
 *
 * <p>Ids with several rows, which are summed, move row by row: each internal table is remapped
 * separately. If an id's number of rows changes from {@code m} to {@code k}, each of its new rows
 * gets {@code 1/k} of the sum of the old ones, so that the id's vector is kept; the optimiser state
 * of its new rows is the mean of its old rows' state.
 *
 * <p>A row without known ids, such as one of the reserve, is for ids not seen yet: it starts as the
 * unweighted mean over the ids of its internal table that were seen at most once, which are most
 * similar to new ids. Without such ids it keeps the values of the old row with its number. On
 * Criteo's log the mean gives .002 more AUC than the old row. See docs/algorithms.md, section 8.6.
 */
public final class RowRemap {

  private final int newRows;
  private final int[] tableStarts;
  private final int[] first;
  private final int[] oldRow;
  private final double[] weight;
  private final float[] factor;

  private RowRemap(
      int newRows, int[] tableStarts, int[] first, int[] oldRow, double[] weight, float[] factor) {
    this.newRows = newRows;
    this.tableStarts = tableStarts;
    this.first = first;
    this.oldRow = oldRow;
    this.weight = weight;
    this.factor = factor;
  }

  /** Collects the moves of a plan, id by id. */
  public static final class Builder {
    private final int newRows;
    private final int[] tableStarts;
    private int[] oldRow;
    private int[] newRow;
    private double[] weight;
    private float[] factor;
    private int moves;

    /**
     * A plan without moves.
     *
     * @param newRows rows of the new table
     * @param tableStarts first row of each internal table, ascending from 0
     * @param expectedMoves approximate number of rows of all known ids
     */
    public Builder(int newRows, int[] tableStarts, int expectedMoves) {
      this.newRows = newRows;
      this.tableStarts = tableStarts.clone();
      this.oldRow = new int[expectedMoves];
      this.newRow = new int[expectedMoves];
      this.weight = new double[expectedMoves];
      this.factor = new float[expectedMoves];
    }

    /**
     * Moves a known id.
     *
     * @param from its old rows, the first {@code m} of them
     * @param to its new rows, the first {@code k} of them, in {@code [0, newRows)}
     * @param w weight of the id, such as its decayed access count; a weight under .001 counts as
     *     .001, so that a row of unseen ids is their unweighted mean
     */
    public void move(int[] from, int m, int[] to, int k, double w) {
      double atLeast = Math.max(w, .001);
      for (int q = 0; q < k; q++) {
        if (m == k) {
          add(from[q], to[q], atLeast, 1);
          continue;
        }
        for (int p = 0; p < m; p++) {
          add(from[p], to[q], atLeast / m, (float) m / k);
        }
      }
    }

    private void add(int from, int to, double w, float f) {
      if (moves == oldRow.length) {
        int capacity = Math.max(16, moves + (moves >> 1));
        oldRow = Arrays.copyOf(oldRow, capacity);
        newRow = Arrays.copyOf(newRow, capacity);
        weight = Arrays.copyOf(weight, capacity);
        factor = Arrays.copyOf(factor, capacity);
      }
      oldRow[moves] = from;
      newRow[moves] = to;
      weight[moves] = w;
      factor[moves++] = f;
    }

    /** The plan of all moves so far, sorted by new row. */
    public RowRemap build() {
      int[] first = new int[newRows + 1];
      for (int i = 0; i < moves; i++) {
        first[newRow[i] + 1]++;
      }
      for (int q = 0; q < newRows; q++) {
        first[q + 1] += first[q];
      }
      int[] next = Arrays.copyOf(first, newRows);
      int[] old = new int[moves];
      double[] weights = new double[moves];
      float[] factors = new float[moves];
      for (int i = 0; i < moves; i++) {
        int at = next[newRow[i]]++;
        old[at] = oldRow[i];
        weights[at] = weight[i];
        factors[at] = factor[i];
      }
      return new RowRemap(newRows, tableStarts, first, old, weights, factors);
    }
  }

  /**
   * Plans the move of ids with one row each.
   *
   * @param newRows rows of the new table
   * @param oldRow old row per known id
   * @param newRow new row per known id, in {@code [0, newRows)}
   * @param weights weight per known id, see {@link Builder#move}
   */
  public static RowRemap of(int newRows, int[] oldRow, int[] newRow, double[] weights) {
    Builder plan = new Builder(newRows, new int[1], oldRow.length);
    for (int i = 0; i < oldRow.length; i++) {
      plan.move(new int[] {oldRow[i]}, 1, new int[] {newRow[i]}, 1, weights[i]);
    }
    return plan.build();
  }

  /** Rows of the new table. */
  public int newRows() {
    return newRows;
  }

  /**
   * Moves the rows of a table.
   *
   * @param old {@code float[oldRows * width]}, row-major
   * @param width floats per row
   * @return {@code float[newRows * width]}
   */
  public float[] apply(float[] old, int width) {
    return move(old, width, factor);
  }

  /** Moves the rows' optimiser state; arrays as for {@link #apply}. */
  public float[] applyToState(float[] old, int width) {
    return move(old, width, null);
  }

  private float[] move(float[] old, int width, float[] factors) {
    float[] moved = new float[newRows * width];
    double[] mean = new double[width];
    for (int t = 0; t < tableStarts.length; t++) {
      int end = t + 1 < tableStarts.length ? tableStarts[t + 1] : newRows;
      float[] rare = rareMean(old, width, factors, first[tableStarts[t]], first[end]);
      for (int q = tableStarts[t]; q < end; q++) {
        int from = first[q];
        int to = first[q + 1];
        int at = q * width;
        if (from == to && rare != null) {
          System.arraycopy(rare, 0, moved, at, width);
        } else if (from == to) {
          System.arraycopy(old, Math.min(at, old.length - width), moved, at, width);
        } else if (oneSource(from, to, factors)) {
          System.arraycopy(old, oldRow[from] * width, moved, at, width);
        } else {
          average(old, width, factors, from, to, mean);
          for (int j = 0; j < width; j++) {
            moved[at + j] = (float) mean[j];
          }
        }
      }
    }
    return moved;
  }

  /** Unweighted mean over the moves of weight 1 or less in a range; null if there are none. */
  private float[] rareMean(float[] old, int width, float[] factors, int from, int to) {
    double[] sum = new double[width];
    int n = 0;
    for (int i = from; i < to; i++) {
      if (weight[i] <= 1) {
        n++;
        for (int j = 0; j < width; j++) {
          sum[j] += (double) factor(factors, i) * old[oldRow[i] * width + j];
        }
      }
    }
    if (n == 0) {
      return null;
    }
    float[] mean = new float[width];
    for (int j = 0; j < width; j++) {
      mean[j] = (float) (sum[j] / n);
    }
    return mean;
  }

  private static float factor(float[] factors, int i) {
    return factors == null ? 1 : factors[i];
  }

  private boolean oneSource(int from, int to, float[] factors) {
    for (int i = from; i < to; i++) {
      if (oldRow[i] != oldRow[from] || factor(factors, i) != 1) {
        return false;
      }
    }
    return true;
  }

  private void average(float[] old, int width, float[] factors, int from, int to, double[] mean) {
    Arrays.fill(mean, 0);
    double total = 0;
    for (int i = from; i < to; i++) {
      total += weight[i];
      double share = weight[i] * factor(factors, i);
      int at = oldRow[i] * width;
      for (int j = 0; j < width; j++) {
        mean[j] += share * old[at + j];
      }
    }
    for (int j = 0; j < width; j++) {
      mean[j] /= total;
    }
  }
}
