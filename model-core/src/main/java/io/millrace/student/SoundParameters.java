package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.StoredRows;
import java.util.Arrays;

/**
 * Whether the parameters that a server gets are finite numbers, and the rows of no field all 0,
 * unless they are pruned.
 */
final class SoundParameters {

  private SoundParameters() {}

  /** Those of a model: its rows as they are looked up, its MLPs, the weights of its linear part. */
  static boolean in(ClickModel model) {
    return model.network().map(SoundParameters::in).orElse(true)
        && model.linear().map(linear -> in(linear.weights().weights())).orElse(true);
  }

  private static boolean in(Dlrm network) {
    return in(network.bottom().view())
        && in(network.top().view())
        && network.fields().stream().allMatch(SoundParameters::in);
  }

  private static boolean in(FieldTable field) {
    EmbeddingTable table = field.table();
    float[] row = new float[table.rowLength()];
    boolean finite = true;
    boolean zero = table.rows() > 0 && table.weightsLeft() > 0;
    for (int r = 0; r < table.rows() && finite; r++) {
      table.collapseRow(r, row, 0);
      finite = in(row);
      zero = zero && isZero(row);
    }
    return finite && !zero;
  }

  /** Those that an update changes. */
  static boolean in(ModelUpdate update) {
    return update.network().map(SoundParameters::in).orElse(true)
        && update.linear().map(linear -> in(linear.weights())).orElse(true);
  }

  private static boolean in(ModelUpdate.NetworkChange network) {
    return in(network.bottom())
        && in(network.top())
        && network.fields().stream().allMatch(field -> in(field.values()));
  }

  private static boolean in(StoredRows rows) {
    float[] row = new float[rows.length()];
    boolean finite = true;
    for (int r = 0; r < rows.count() && finite; r++) {
      Arrays.fill(row, 0);
      rows.add(r, row, 0);
      finite = in(row);
    }
    return finite;
  }

  private static boolean in(float[][] arrays) {
    return Arrays.stream(arrays).allMatch(SoundParameters::in);
  }

  private static boolean isZero(float[] values) {
    for (float value : values) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  /** A sum of products with 0 is NaN exactly if a value is NaN or infinite. */
  private static boolean in(float[] values) {
    float sum = 0;
    for (float value : values) {
      sum += value * 0;
    }
    return sum == 0;
  }
}
