package io.millrace.tests.bench;

import io.millrace.dense.DenseEngines;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.event.ClickEvent;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.random.Seeds;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.MletTable;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * The Criteo architecture of the MLET paper: 13 dense columns, bottom 13-512-256-128-16, 26 tables
 * of together a million rows of 16, top 367-512-256-1; and examples whose ids are uniform, so that
 * nearly every row is met in memory and few twice in a batch.
 */
final class CriteoModel implements AutoCloseable {
  static final int FIELDS = 26;
  static final int ROWS = 38_461;
  static final int DIM = 16;
  static final int DENSE = 13;
  static final List<Integer> BOTTOM = List.of(DENSE, 512, 256, 128, DIM);
  static final List<Integer> TOP = List.of(367, 512, 256, 1);

  /** Of both MLPs. */
  static final long PARAMETERS =
      new MlpSpec(BOTTOM, true).parameters() + new MlpSpec(TOP, false).parameters();

  /** Forward and backward of an example: three products a weight, two for the first layer. */
  static final double FLOP = 2.0 * (3 * (172_544 + 319_232) - 13 * 512);

  final ClickModel model;
  final Dlrm network;
  private final List<ClickEvent> examples;
  private int at;

  /**
   * @param table makes the table of a field
   */
  CriteoModel(
      DenseOptimizer.Rule rule, double rate, IntFunction<EmbeddingTable> table, int examples) {
    DenseOptimizer optimizer = DenseOptimizer.of(rule, rate);
    if (rule == DenseOptimizer.Rule.ADAGRAD) {
      optimizer = new DenseOptimizer(rule, rate, .9, .999, 1e-10, 0);
    }
    String engine = System.getProperty("bench.engine", "auto");
    DenseNet bottom = DenseEngines.of(engine).create(new MlpSpec(BOTTOM, true), optimizer, 1);
    DenseNet top = DenseEngines.of(engine).create(new MlpSpec(TOP, false), optimizer, 2);
    List<FieldTable> fields = new ArrayList<>();
    for (int f = 0; f < FIELDS; f++) {
      fields.add(FieldTable.hashed(f, table.apply(f), hash(f)));
    }
    this.network = new Dlrm(DENSE, DIM, bottom, top, fields, DenseEngines.of(engine).products());
    this.model = new ClickModel(network, null);
    this.examples = examples(examples);
  }

  static IdHash hash(int field) {
    return new ModuloHash(ROWS, field);
  }

  /** Plain tables under SGD or row-wise Adagrad. */
  static IntFunction<EmbeddingTable> plain(TableOptimizer.Rule rule, double rate) {
    return f -> new PlainTable(ROWS, DIM, new TableOptimizer(rule, rate), RowInit.dlrm(ROWS, f));
  }

  /** Factorised tables under SGD. */
  static IntFunction<EmbeddingTable> mlet(int k, double rate) {
    TableOptimizer sgd = new TableOptimizer(TableOptimizer.Rule.SGD, rate);
    return f -> new MletTable(ROWS, k, DIM, .1, sgd, f);
  }

  private static List<ClickEvent> examples(int count) {
    SplittableRandom random = Seeds.generator(7, "bench", 0);
    int[] offsets = new int[FIELDS + 1];
    for (int f = 0; f <= FIELDS; f++) {
      offsets[f] = f;
    }
    List<ClickEvent> examples = new ArrayList<>(count);
    for (int e = 0; e < count; e++) {
      float[] dense = new float[DENSE];
      for (int i = 0; i < DENSE; i++) {
        dense[i] = (float) random.nextDouble();
      }
      long[] ids = new long[FIELDS];
      for (int f = 0; f < FIELDS; f++) {
        ids[f] = random.nextLong();
      }
      examples.add(new ClickEvent(e, random.nextInt(4) == 0 ? 1 : 0, dense, ids, offsets));
    }
    return examples;
  }

  List<ClickEvent> examples() {
    return examples;
  }

  /** Steps over consecutive batches, from the start again after the last. */
  void train(int steps, int batch) {
    float[] p = new float[batch];
    for (int s = 0; s < steps; s++) {
      if (at + batch > examples.size()) {
        at = 0;
      }
      List<ClickEvent> events = examples.subList(at, at + batch);
      model.predict(events, p);
      model.learn(events, p);
      at += batch;
    }
  }

  /** Predictions for the first batch. */
  float[] predict(int batch) {
    float[] p = new float[batch];
    model.score(examples.subList(0, batch), p);
    return p;
  }

  @Override
  public void close() {
    model.close();
  }
}
