package io.millrace.student;

import io.millrace.dlrm.FieldTable;
import io.millrace.metric.Spectrum;
import io.millrace.spec.ArmSpec;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.MixedDimTable;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Figures of one table at a window's end.
 *
 * @param bytes of its rows as served, with the masks of pruned ones
 * @param spectrum its singular values, in jobs with a factorised arm; else null
 * @param width floats of a row before the projection, in arms of mixed dimension
 * @param pruning how many of its weights are left, in pruned arms
 */
public record TableFigures(
    long bytes, Spectrum spectrum, OptionalInt width, Optional<Pruning> pruning) {

  /**
   * How far a table is pruned.
   *
   * @param weights number of weights of all rows
   * @param left how many of them are not 0
   */
  public record Pruning(long weights, long left) {}

  static TableFigures of(FieldTable field, ArmSpec.Table kind, boolean factorised) {
    EmbeddingTable table = field.table();
    return new TableFigures(
        field.servingBytes(),
        factorised ? spectrum(table) : null,
        kind == ArmSpec.Table.MIXED ? OptionalInt.of(width(table)) : OptionalInt.empty(),
        kind == ArmSpec.Table.PEP ? Optional.of(pruning(table)) : Optional.empty());
  }

  private static Pruning pruning(EmbeddingTable table) {
    return new Pruning((long) table.rows() * table.rowLength(), table.weightsLeft());
  }

  private static int width(EmbeddingTable table) {
    return table instanceof MixedDimTable mixed ? mixed.width() : table.rowLength();
  }

  private static Spectrum spectrum(EmbeddingTable table) {
    Spectrum.Gatherer rows = new Spectrum.Gatherer(table.rowLength());
    float[] row = new float[table.rowLength()];
    for (int r = 0; r < table.rows(); r++) {
      table.collapseRow(r, row, 0);
      rows.add(row, 0);
    }
    return rows.spectrum();
  }
}
