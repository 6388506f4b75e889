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
  private final ConfigKey<String> bottomOutput;
  private final ConfigKey<List<Integer>> top;
  private final ConfigKey<Integer> batch;
  private final Keys table;
  private final ConfigKey<TableOptimizer.Rule> tableRule;
  private final ConfigKey<Double> tableLr;
  private final ConfigKey<Double> initialAccumulator;
  private final Keys dense;
  private final ConfigKey<DenseOptimizer.Rule> denseRule;
  private final ConfigKey<Double> denseLr;
  private final ConfigKey<Double> epsilon;
  private final ConfigKey<Double> weightDecay;
  private final ConfigKey<String> engine;

  /**
   * Defines the keys of one model, with the defaults in which teacher and student differ.
   *
   * @param defaultDim of the embedding dimension
   * @param defaultOutput of the bottom MLP
   * @param defaultInitial of the rows' accumulators
   */
  TrainerKeys(Keys keys, String defaultDim, String defaultOutput, String defaultInitial) {
    dim = keys.key("dim", defaultDim, integer(1, 4096)).doc("embedding dimension");
    bottom =
        keys.key("bottom", "[64]", widths()).doc("widths of the hidden layers of the bottom MLP");
    bottomOutput =
        keys.key("bottom_output", defaultOutput, choice("linear", "relu"))
            .doc(
                "last operation of the bottom MLP: linear, or relu as in DLRM's paper, with which a"
                    + " narrow network may put out 0 for every event and never learn again");
    top = keys.key("top", "[128, 64]", widths()).doc("widths of the hidden layers of the top MLP");
    batch =
        keys.key("batch", "128", integer(1, 1 << 20, "examples")).doc("examples per training step");
    table = keys.section("table");
    tableRule =
        table
            .key("rule", "rowwise-adagrad", choice(TableOptimizer.Rule.class))
            .doc("optimizer of the embedding rows");
    tableLr = table.key("lr", "0.05", positive()).doc("learning rate of the embedding rows");
    initialAccumulator =
        table
            .key("initial_accumulator", defaultInitial, number(0, NO_LIMIT))
            .doc(
                "what the sums of squared gradients of adagrad and rowwise-adagrad start at, in"
                    + " squares of one event's gradient; 0 makes the first step of every row as"
                    + " long as lr, however small its gradient is");
    dense = keys.section("dense");
    denseRule =
        dense
            .key(
                "rule", "adam", choice(DenseOptimizer.Rule.class, "adam", "adagrad", "lamb", "sgd"))
            .doc("optimizer of the MLPs");
    denseLr = dense.key("lr", "0.001", positive()).doc("learning rate of the MLPs");
    epsilon =
        dense
            .key("epsilon", "0", number(0, 1))
            .doc(
                "what adam, adagrad and lamb add to the root of their squared gradients: weights"
                    + " whose gradients are smaller take shorter steps, so that results depend"
                    + " less on the order of events; 0 for the usual 1e-8 of adam, 1e-10 of"
                    + " adagrad and 1e-6 of lamb");
    weightDecay = dense.key("weight_decay", "0", number(0, NO_LIMIT)).doc("weight decay of lamb");
    engine =
        keys.key("engine", "auto", choice("auto", "onednn", "djl", "plain"))
            .doc("library that computes the MLPs; auto takes a GPU if there is one, else oneDNN");
  }

  TrainerOptions read(ConfigSection in) {
    return read(in, false);
  }

  /**
   * Reads a model.
   *
   * @param alone whether it is a linear part alone, which learns event by event unless batch is set
   */
  TrainerOptions read(ConfigSection in, boolean alone) {
    return in.checked(
        () ->
            new TrainerOptions(
                in.get(dim),
                in.get(bottom),
                in.get(bottomOutput).equals("relu"),
                in.get(top),
                events(in, alone),
                tableOptimizer(in.section(table), events(in, alone)),
                denseOptimizer(in.section(dense)),
                in.get(engine)));
  }

  private int events(ConfigSection in, boolean alone) {
    int events = in.get(batch);
    if (!alone || in.isOwn(batch)) {
      return events;
    }
    in.note(batch, 1);
    return 1;
  }

  /** A batch's gradient is the mean over its events, hence the division. */
  private TableOptimizer tableOptimizer(ConfigSection in, double events) {
    double initial = in.get(initialAccumulator) / (events * events);
    return in.checked(() -> new TableOptimizer(in.get(tableRule), in.get(tableLr), initial));
  }

  private DenseOptimizer denseOptimizer(ConfigSection in) {
    return in.checked(
        () -> {
          DenseOptimizer usual =
              DenseOptimizer.of(in.get(denseRule), in.get(denseLr))
                  .with(DenseOptimizer::weightDecay, in.get(weightDecay));
          double own = in.get(epsilon);
          return own > 0 ? usual.with(DenseOptimizer::epsilon, own) : usual;
        });
  }
}
