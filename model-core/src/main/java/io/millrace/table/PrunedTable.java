package io.millrace.table;

/**
 * A table of which a part of the weights is 0 where it is looked up. A server gets {@link
 * SparseRows} where they are smaller: the weights left and a bit for each of all.
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
