package io.millrace.student;

import io.millrace.dlrm.FieldTable;
import io.millrace.hash.IdHash;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.spec.JobSpec;
import io.millrace.table.StoredRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongToIntFunction;

/** A published model whose remaining weights an arm retrains. */
final class PrunedModel {

  private final String folder;
  private final PublishedModel model;
  private final Origin origin;

  private PrunedModel(String folder, LoadedModel loaded) {
    this.folder = folder;
    this.model = loaded.model();
    this.origin = loaded.manifest().origin();
  }

  /**
   * Opens the model.
   *
   * @param folder of the model or of its arm, see {@link ModelFolder#open}
   * @param dim of the arm that retrains it
   * @throws IllegalArgumentException if there is none, or it has other fields or another dimension
   */
  static PrunedModel open(String folder, JobSpec job, int dim) {
    LoadedModel loaded;
    try {
      loaded = ModelFolder.open(Path.of(folder));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "mask_from must be a published model but was '" + folder + "': " + e.getMessage(), e);
    }
    PublishedModel model = loaded.model();
    int modelDim = model.network().map(PublishedNetwork::dim).orElse(0);
    if (modelDim != dim || !model.schema().fields().equals(job.schema().fields())) {
      throw new IllegalArgumentException(
          "mask_from must be a model of this job's fields and student.dim ("
              + dim
              + ") but was '"
              + folder
              + "' with dim "
              + modelDim);
    }
    return new PrunedModel(folder, loaded);
  }

  /** Origin of the model. */
  Origin origin() {
    return origin;
  }

  /** The rows of a field. */
  StoredRows rows(int field) {
    return model.fields().get(field).rows();
  }

  /**
   * Finds the model's row for a row of a new table.
   *
   * @param hash of the new table; null if its ids own their rows
   * @return the model's row by the key of a row, see {@link FieldTable}; -1 for an id without one
   * @throws IllegalArgumentException if the model's ids find their rows by another hash
   */
  LongToIntFunction rowOfKey(int field, IdHash hash) {
    FieldRows rows = model.fields().get(field);
    if (hash == null && rows instanceof FieldRows.Indexed indexed) {
      return id -> Math.max(-1, Arrays.binarySearch(indexed.ids(), id));
    }
    if (hash != null && rows instanceof FieldRows.Hashed hashed && hashed.hash().equals(hash)) {
      return row -> (int) row;
    }
    throw new IllegalArgumentException(
        "mask_from must be a model whose ids find their rows as this arm's do but was '"
            + folder
            + "' with another hash for field "
            + model.schema().fields().get(field).name());
  }
}
