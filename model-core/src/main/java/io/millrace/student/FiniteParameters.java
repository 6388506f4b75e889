package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.table.StoredRows;
import java.util.Arrays;

/** Whether the parameters that a server gets are finite numbers. */
final class FiniteParameters {

  private FiniteParameters() {}

  /** Those of a model: its rows as they are looked up, its MLPs, the weights of its linear part. */
  static boolean in(ClickModel model) {
    return model.network().map(FiniteParameters::in).orElse(true)
        && model.linear().map(linear -> in(linear.weights().weights())).orElse(true);
  }

  private static boolean in(Dlrm network) {
    return in(network.bottom().parameters())
        && in(network.top().parameters())
        && network.fields().stream().allMatch(FiniteParameters::in);
  }

  private static boolean in(FieldTable field) {
    float[] row = new float[field.table().rowLength()];
    boolean finite = true;
    for (int r = 0; r < field.table().rows() && finite; r++) {
      field.table().collapseRow(r, row, 0);
      finite = in(row);
    }
    return finite;
  }

  /** Those that an update changes. */
  static boolean in(ModelUpdate update) {
    return update.network().map(FiniteParameters::in).orElse(true)
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
    return Arrays.stream(arrays).allMatch(FiniteParameters::in);
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
