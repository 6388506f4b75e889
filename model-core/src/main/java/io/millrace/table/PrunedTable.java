package io.millrace.table;

/**
 * A table with pruned weights, which are 0 in lookups. A server gets {@link SparseRows} if they are
 * smaller: the remaining weights, and a bit for every weight.
 */
public abstract sealed class PrunedTable implements EmbeddingTable permits PepTable, MaskedTable {

  @Override
  public final StoredRows store(int[] order) {
    return SparseRows.smaller((StoredRows.Dense) EmbeddingTable.super.store(order));
  }

  @Override
  public final long servingBytes(long rows) {
    return Math.min(
        SparseRows.bytes(rows, dim(), weightsLeft()), EmbeddingTable.super.servingBytes(rows));
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
