package io.millrace.table;

/**
 * A table with pruned weights, which are 0 in lookups. A server gets {@link SparseRows} if they are
 * smaller: the remaining weights, and a bit for every weight. Weights are stored one by one, so in
 * either form in the {@link RowFormat#forLength format for rows of length 1}, in which no weight
 * that is left becomes 0.
 */
public abstract sealed class PrunedTable implements EmbeddingTable permits PepTable, MaskedTable {

  @Override
  public final StoredRows store(int[] order, RowFormat format) {
    return SparseRows.smaller(
        StoredRows.Dense.of(
            format.forLength(1), order.length, dim(), (i, row) -> collapseRow(order[i], row, 0)));
  }

  @Override
  public final long servingBytes(long rows, RowFormat format) {
    RowFormat stored = format.forLength(1);
    return Math.min(
        SparseRows.bytes(rows, dim(), weightsLeft(), stored),
        EmbeddingTable.super.servingBytes(rows, stored));
  }

  @Override
  public final boolean pruned(int row) {
    return left(row, new float[dim()]) == 0;
  }

  @Override
  public final long weightsLeft() {
    float[] row = new float[dim()];
    long left = 0;
    for (int r = 0; r < rows(); r++) {
      left += left(r, row);
    }
    return left;
  }

  private int left(int r, float[] row) {
    collapseRow(r, row, 0);
    int left = 0;
    for (float v : row) {
      left += v == 0 ? 0 : 1;
    }
    return left;
  }
}
