package io.millrace.snapshot;

import io.millrace.event.Schema;
import io.millrace.snapshot.ModelUpdate.FieldChange;
import io.millrace.snapshot.RefusedException.Reason;
import io.millrace.table.SparseRows;
import io.millrace.table.StoredRows;
import java.util.List;

/**
 * Whether parameters may be served: all of them must be finite. Some row of a model must have a
 * weight besides 0; rows in sparse form need not, as a student prunes them.
 */
final class ModelCheck {

  private ModelCheck() {}

  /** Checks a version; its model has the folder's name in messages. */
  static void check(PublishedModel model, String name, Pace pace) throws RefusedException {
    if (model.network().isPresent()) {
      PublishedNetwork network = model.network().get();
      checkMlp(network.bottomParameters(), name + ": the bottom MLP");
      checkMlp(network.topParameters(), name + ": the top MLP");
      for (int f = 0; f < network.fields().size(); f++) {
        requireFinite(
            network.fields().get(f).rows().firstNotFinite() < 0, name + rows(model.schema(), f));
        pace.rest();
      }
      checkSomeWeight(network.fields(), name);
    }
    if (model.linear().isPresent()) {
      boolean finite = finite(model.linear().get().weights());
      requireFinite(finite, name + ": the linear part");
    }
  }

  /** Checks what an update of a model with this schema brings. */
  static void check(ModelUpdate update, Schema schema, String name) throws RefusedException {
    if (update.network().isPresent()) {
      ModelUpdate.NetworkChange network = update.network().get();
      checkMlp(network.bottom(), name + ": the bottom MLP");
      checkMlp(network.top(), name + ": the top MLP");
      for (FieldChange field : network.fields()) {
        boolean finite = finiteProjection(field.values()) && field.values().firstNotFinite() < 0;
        requireFinite(finite, name + rows(schema, field.field()));
      }
    }
    if (update.linear().isPresent()) {
      boolean finite = finite(update.linear().get().weights());
      requireFinite(finite, name + ": the linear part");
    }
  }

  private static boolean finiteProjection(StoredRows rows) {
    return !(rows instanceof StoredRows.Factors factors) || finite(factors.projection());
  }

  private static boolean finite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static String rows(Schema schema, int field) {
    return ": the rows of field " + schema.fields().get(field).name();
  }

  private static void checkMlp(float[][] parameters, String name) throws RefusedException {
    for (float[] array : parameters) {
      requireFinite(finite(array), name);
    }
  }

  private static void requireFinite(boolean finite, String name) throws RefusedException {
    if (!finite) {
      throw new RefusedException(
          Reason.NOT_FINITE, name + " must be finite but has NaN or infinity");
    }
  }

  private static void checkSomeWeight(List<FieldRows> fields, String name) throws RefusedException {
    boolean any = fields.stream().allMatch(field -> field.count() == 0);
    for (FieldRows field : fields) {
      any = any || field.rows() instanceof SparseRows || !zero(field.rows());
    }
    if (!any) {
      throw new RefusedException(
          Reason.ZERO_ROWS, name + ": some row must have a weight besides 0 but all are 0");
    }
  }

  private static boolean zero(StoredRows rows) {
    float[] row = new float[rows.length()];
    for (int r = 0; r < rows.count(); r++) {
      rows.add(r, row, 0);
      for (float weight : row) {
        if (weight != 0) {
          return false;
        }
      }
    }
    return true;
  }
}
