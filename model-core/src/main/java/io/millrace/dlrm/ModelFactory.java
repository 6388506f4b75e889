package io.millrace.dlrm;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngines;
import io.millrace.dense.DenseNet;
import io.millrace.dense.MlpSpec;
import io.millrace.random.Seeds;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds models from options and a seed. All students of a seed start with the same MLPs, so that
 * arms differ only in their tables.
 */
public final class ModelFactory {

  private static final Logger LOG = LoggerFactory.getLogger(ModelFactory.class);

  private ModelFactory() {}

  /**
   * A model with freshly drawn MLPs; says in the log which engines run them.
   *
   * @param role of the model, which sets its draws apart: {@code student}, {@code teacher}, ...
   * @param denseColumns columns without ids; with none, the bottom MLP has one input
   * @param fields the tables of the fields, in schema order
   * @param seed root of all random numbers
   */
  public static Dlrm dlrm(
      String role, TrainerOptions options, int denseColumns, List<FieldTable> fields, long seed) {
    Dlrm model = copy(role, options, denseColumns, fields, seed);
    LOG.info(
        "{} of seed {}: bottom MLP {} runs on {}, top MLP {} on {} (engine: {})",
        role,
        seed,
        model.bottom().spec().sizes(),
        model.bottom().engine(),
        model.top().spec().sizes(),
        model.top().engine(),
        options.engine());
    return model;
  }

  /** The same without a log line, for a model that will get the state of another. */
  public static Dlrm copy(
      String role, TrainerOptions options, int denseColumns, List<FieldTable> fields, long seed) {
    DenseEngine engine = DenseEngines.of(options.engine());
    MlpSpec bottom = bottom(options, denseColumns);
    MlpSpec top = top(options, fields.size());
    DenseNet bottomNet =
        engine.create(bottom, options.dense(), Seeds.derive(seed, role + "/bottom", 0));
    DenseNet topNet = engine.create(top, options.dense(), Seeds.derive(seed, role + "/top", 0));
    return new Dlrm(denseColumns, options.dim(), bottomNet, topNet, fields, engine.products());
  }

  /**
   * What computes both MLPs of a model on this machine ({@link DenseEngine#describe}).
   *
   * @param fields number of its fields
   * @throws IllegalStateException if the engine that the options name cannot be loaded
   */
  public static List<String> engines(TrainerOptions options, int denseColumns, int fields) {
    DenseEngine engine = DenseEngines.of(options.engine());
    return List.of(
        engine.describe(bottom(options, denseColumns)), engine.describe(top(options, fields)));
  }

  private static MlpSpec bottom(TrainerOptions options, int denseColumns) {
    List<Integer> sizes = new ArrayList<>();
    sizes.add(Math.max(1, denseColumns));
    sizes.addAll(options.bottom());
    sizes.add(options.dim());
    return new MlpSpec(sizes, options.bottomRelu());
  }

  private static MlpSpec top(TrainerOptions options, int fields) {
    List<Integer> sizes = new ArrayList<>();
    sizes.add(Dlrm.topInputs(fields, options.dim()));
    sizes.addAll(options.top());
    sizes.add(1);
    return new MlpSpec(sizes, false);
  }
}
