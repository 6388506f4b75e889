package io.millrace.stream;

import io.millrace.metric.Spectrum;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.MixedDimTable;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What there is to tell of one table at a window's end.
 *
 * @param spectrum its singular values, in jobs with a factorised arm; else null
 * @param width floats of a row before the projection, in arms of mixed dimension
 * @param left share of the weights that are not pruned, in pruned arms; NaN without rows
 */
public record TableFigures(Spectrum spectrum, OptionalInt width, OptionalDouble left) {

  static TableFigures of(EmbeddingTable table, ArmSpec.Table kind, boolean factorised) {
    double weights = (double) table.rows() * table.rowLength();
    return new TableFigures(
        factorised ? spectrum(table) : null,
        kind == ArmSpec.Table.MIXED ? OptionalInt.of(width(table)) : OptionalInt.empty(),
        kind == ArmSpec.Table.PEP
            ? OptionalDouble.of(table.weightsLeft() / weights)
            : OptionalDouble.empty());
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
