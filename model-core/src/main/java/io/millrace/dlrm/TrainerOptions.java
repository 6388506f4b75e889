package io.millrace.dlrm;

import io.millrace.dense.DenseOptimizer;
import io.millrace.records.Copyable;
import io.millrace.table.TableOptimizer;
import java.util.List;

/**
 * Options that teacher and student share: a DLRM and its training.
 *
 * @param dim embedding dimension, at least 1
 * @param bottom hidden widths of the bottom MLP; its input is the dense columns, its output {@code
 *     dim}
 * @param bottomRelu whether the bottom MLP's output has a ReLU, as in the paper; with it, a narrow
 *     network may put out 0 for every event and never learn again
 * @param top hidden widths of the top MLP; its output is one logit
 * @param batch examples per training step, at least 1
 * @param table update rule of the embedding rows
 * @param dense update rule of the MLPs
 * @param engine {@code auto}, {@code onednn}, {@code djl} or {@code plain}
 */
public record TrainerOptions(
    int dim,
    List<Integer> bottom,
    boolean bottomRelu,
    List<Integer> top,
    int batch,
    TableOptimizer table,
    DenseOptimizer dense,
    String engine)
    implements Copyable<TrainerOptions> {

  public TrainerOptions {
    bottom = List.copyOf(bottom);
    top = List.copyOf(top);
    if (dim < 1) {
      throw new IllegalArgumentException("dim must be >= 1 but was " + dim);
    }
    if (batch < 1) {
      throw new IllegalArgumentException("batch must be >= 1 but was " + batch);
    }
  }
}
