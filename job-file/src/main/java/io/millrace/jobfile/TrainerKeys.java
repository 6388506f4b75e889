package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.number;
import static io.millrace.jobfile.Kind.positive;
import static io.millrace.jobfile.Kind.widths;
import static io.millrace.jobfile.Range.NO_LIMIT;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.table.TableOptimizer;
import java.util.List;

/**
 * The keys that the sections {@code teacher} and {@code student} share: a DLRM and its training.
 */
final class TrainerKeys {

  private final ConfigKey<Integer> dim;
  private final ConfigKey<List<Integer>> bottom;
  private final ConfigKey<List<Integer>> top;
  final ConfigKey<Integer> batch;
  private final Keys table;
  private final ConfigKey<TableOptimizer.Rule> tableRule;
  private final ConfigKey<Double> tableLr;
  private final Keys dense;
  private final ConfigKey<DenseOptimizer.Rule> denseRule;
  private final ConfigKey<Double> denseLr;
  private final ConfigKey<Double> weightDecay;
  private final ConfigKey<String> engine;

  /**
   * Defines the keys of one model; {@code defaultDim} is the default of its embedding dimension.
   */
  TrainerKeys(Keys keys, String defaultDim) {
    dim = keys.key("dim", defaultDim, integer(1, 4096)).doc("embedding dimension");
    bottom =
        keys.key("bottom", "[64]", widths()).doc("widths of the hidden layers of the bottom MLP");
    top = keys.key("top", "[128, 64]", widths()).doc("widths of the hidden layers of the top MLP");
    batch =
        keys.key("batch", "128", integer(1, 1 << 20, "examples")).doc("examples per training step");
    table = keys.section("table");
    tableRule =
        table
            .key("rule", "rowwise-adagrad", choice(TableOptimizer.Rule.class))
            .doc("optimizer of the embedding rows");
    tableLr = table.key("lr", "0.05", positive()).doc("learning rate of the embedding rows");
    dense = keys.section("dense");
    denseRule =
        dense
            .key(
                "rule", "adam", choice(DenseOptimizer.Rule.class, "adam", "adagrad", "lamb", "sgd"))
            .doc("optimizer of the MLPs");
    denseLr = dense.key("lr", "0.001", positive()).doc("learning rate of the MLPs");
    weightDecay = dense.key("weight_decay", "0", number(0, NO_LIMIT)).doc("weight decay of lamb");
    engine =
        keys.key("engine", "auto", choice("auto", "onednn", "djl", "plain"))
            .doc("library that computes the MLPs; auto takes a GPU if there is one, else oneDNN");
  }

  TrainerOptions read(ConfigSection in) {
    return in.checked(
        () ->
            new TrainerOptions(
                in.get(dim),
                in.get(bottom),
                in.get(top),
                in.get(batch),
                tableOptimizer(in.section(table)),
                denseOptimizer(in.section(dense)),
                in.get(engine)));
  }

  private TableOptimizer tableOptimizer(ConfigSection in) {
    return in.checked(() -> new TableOptimizer(in.get(tableRule), in.get(tableLr)));
  }

  private DenseOptimizer denseOptimizer(ConfigSection in) {
    return in.checked(
        () ->
            DenseOptimizer.of(in.get(denseRule), in.get(denseLr))
                .with(DenseOptimizer::weightDecay, in.get(weightDecay)));
  }
}
