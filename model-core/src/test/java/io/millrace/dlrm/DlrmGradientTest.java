package io.millrace.dlrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngines;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import io.millrace.dense.NaiveMlp;
import io.millrace.event.ClickEvent;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearPart;
import io.millrace.linear.LinearSlots;
import io.millrace.random.Seeds;
import io.millrace.table.Combine;
import io.millrace.table.CombinedTable;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.FactorisedTable;
import io.millrace.table.IdIndex;
import io.millrace.table.MixedDimTable;
import io.millrace.table.MletTable;
import io.millrace.table.PlainTable;
import io.millrace.table.RowBags;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every gradient of the model, parameter by parameter, against central differences of a slow model
 * in double precision. Gradients are read off an SGD step: the rate is so large that the step, not
 * the weight, decides the rounding.
 */
class DlrmGradientTest {

  private static final int DIM = 4;
  private static final int K = 5;
  private static final float RATE = 4096;
  private static final double STEP = 1e-5;

  /** Ways in which ids of the first field become vectors. */
  private enum Kind {
    PLAIN(new ModuloHash(7, 9)),
    MLET(new ModuloHash(7, 9)),
    MLET_LAYER(new ModuloHash(7, 9)),
    MIXED(new ModuloHash(7, 9)),
    SUM(new MultiHash(2, 4, 9)),
    SUM_OF_MLET(new MultiHash(3, 3, 9)),
    SUM_OF_MIXED(new MultiHash(3, 3, 9)),
    CONCAT(new MultiHash(2, 4, 9)),
    MULT(new QuotientRemainderHash(20, 4, 9));

    final IdHash hash;

    Kind(IdHash hash) {
      this.hash = hash;
    }

    /** Inner dimension of the factors, 0 without factors. */
    int inner() {
      return switch (this) {
        case MLET, MLET_LAYER, SUM_OF_MLET -> K;
        case MIXED, SUM_OF_MIXED -> 2;
        default -> 0;
      };
    }

    EmbeddingTable table() {
      TableOptimizer sgd = new TableOptimizer(TableOptimizer.Rule.SGD, RATE);
      int n = hash.rows();
      return switch (this) {
        case PLAIN, SUM -> new PlainTable(n, DIM, sgd, RowInit.dlrm(4, 3));
        case MLET, SUM_OF_MLET -> new MletTable(n, K, DIM, .5, sgd, 3);
        case MLET_LAYER -> MletTable.withLayer(n, K, DIM, sgd, RowInit.dlrm(4, 3), sgd, .5);
        case MIXED, SUM_OF_MIXED -> MixedDimTable.of(n, n, 2, DIM, sgd, 3);
        case CONCAT ->
            new CombinedTable(
                new PlainTable(n, DIM / 2, sgd, RowInit.dlrm(4, 3)), Combine.CONCAT, 2);
        case MULT ->
            new CombinedTable(new PlainTable(n, DIM, sgd, RowInit.product(4, 3)), Combine.MULT, 2);
      };
    }

    /** A bag's vector by its definition; each id has {@code hash.lookups()} rows. */
    double[] vector(double[] parameters, int[] rows) {
      if (this == CONCAT || this == MULT) {
        return combined(parameters, rows);
      }
      int width = inner() > 0 ? inner() : DIM;
      double[] sum = new double[width];
      for (int row : rows) {
        for (int j = 0; j < width; j++) {
          sum[j] += parameters[row * width + j];
        }
      }
      if (inner() == 0) {
        return sum;
      }
      double[] product = new double[DIM];
      for (int i = 0; i < width * DIM; i++) {
        product[i % DIM] += sum[i / DIM] * parameters[hash.rows() * width + i];
      }
      return product;
    }

    private double[] combined(double[] parameters, int[] rows) {
      double[] sum = new double[DIM];
      for (int id = 0; id < rows.length; id += 2) {
        for (int j = 0; j < DIM; j++) {
          int half = DIM / 2;
          sum[j] +=
              this == MULT
                  ? parameters[rows[id] * DIM + j] * parameters[rows[id + 1] * DIM + j]
                  : parameters[rows[id + j / half] * half + j % half];
        }
      }
      return sum;
    }
  }

  private static Dlrm model(Kind kind, DenseEngine engine) {
    DenseOptimizer sgd = DenseOptimizer.of(DenseOptimizer.Rule.SGD, RATE);
    TableOptimizer rows = new TableOptimizer(TableOptimizer.Rule.SGD, RATE);
    return new Dlrm(
        3,
        DIM,
        engine.create(new MlpSpec(List.of(3, 5, DIM), true), sgd, 1),
        engine.create(new MlpSpec(List.of(Dlrm.topInputs(2, DIM), 6, 1), false), sgd, 2),
        List.of(
            FieldTable.hashed(0, kind.table(), kind.hash),
            FieldTable.indexed(
                1, new PlainTable(0, DIM, rows, RowInit.dlrm(4, 5)), new IdIndex(100))),
        engine.products());
  }

  /** Bags of 0 to 3 ids in the first field, one id in the second. */
  private static List<ClickEvent> events(int n) {
    SplittableRandom random = Seeds.generator(4, "gradient-test", 0);
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int bag = random.nextInt(4);
      long[] ids = random.longs(bag + 1L, 0, 30).toArray();
      float[] dense = new float[3];
      for (int d = 0; d < dense.length; d++) {
        dense[d] = (float) random.nextDouble();
      }
      events.add(new ClickEvent(i, random.nextInt(2), dense, ids, new int[] {0, bag, bag + 1}));
    }
    return events;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyGradientEqualsItsCentralDifference(Kind kind) {
    for (String engine : List.of("plain", "onednn", "djl-cpu")) {
      Dlrm network = model(kind, DenseEngines.of(engine));
      try (ClickModel model = new ClickModel(network, null)) {
        everyGradientEqualsItsCentralDifference(kind, model, network);
      }
    }
  }

  // Law: beside a linear part, the gradients are those of the loss of the sum of both logits.
  @ParameterizedTest
  @EnumSource(Kind.class)
  void theSameBesideALinearPart(Kind kind) {
    LinearOptions options =
        new LinearOptions(0, 0, .3, 1, 0, 1, 2, LinearOptions.Precision.FLOAT32);
    LinearPart linear = new LinearPart(new LinearSlots(20, 2, 3, 2), options);
    Dlrm network = model(kind, DenseEngines.of("plain"));
    List<ClickEvent> batch = events(24);
    float[] gradients = new float[batch.size()];
    for (int b = 0; b < gradients.length; b++) {
      gradients[b] = .5f - batch.get(b).label() + b * .01f;
    }
    linear.forward(batch, new float[batch.size()]);
    linear.learn(gradients, batch.size());
    try (ClickModel model = new ClickModel(network, linear)) {
      everyGradientEqualsItsCentralDifference(kind, model, network);
    }
  }

  private static void everyGradientEqualsItsCentralDifference(
      Kind kind, ClickModel model, Dlrm network) {
    List<ClickEvent> batch = events(24);
    float[] p = new float[batch.size()];
    float[] added = new float[batch.size()];
    model.linear().ifPresent(linear -> linear.forward(batch, added));
    model.predict(batch, p);
    SlowModel slow = new SlowModel(network, kind, batch, added);
    assertThat(slow.loss()).isCloseTo(loss(batch, p), within(1e-6));
    List<float[]> before = parameters(network);
    model.learn(batch, p);
    List<float[]> after = parameters(network);
    for (int t = 0; t < before.size(); t++) {
      double[] tensor = slow.parameters.get(t);
      double largest = 0;
      for (int i = 0; i < tensor.length; i++) {
        double slope = slow.slope(tensor, i);
        double gradient = (before.get(t)[i] - after.get(t)[i]) / (double) RATE;
        assertThat(gradient).as("tensor %d, entry %d", t, i).isCloseTo(slope, within(2e-7));
        largest = Math.max(largest, Math.abs(slope));
      }
      assertThat(largest).as("tensor %d has a gradient", t).isGreaterThan(1e-4);
    }
  }

  private static double loss(List<ClickEvent> batch, float[] p) {
    double sum = 0;
    for (int b = 0; b < p.length; b++) {
      sum -= batch.get(b).label() == 1 ? Math.log(p[b]) : Math.log1p(-p[b]);
    }
    return sum / p.length;
  }

  /** Bottom, top, then the tables: of a factorised one both factors. */
  private static List<float[]> parameters(Dlrm model) {
    List<float[]> all = new ArrayList<>();
    for (DenseNet net : List.of(model.bottom(), model.top())) {
      all.addAll(List.of(net.parameters()));
    }
    for (FieldTable field : model.fields()) {
      all.add(
          field.table() instanceof FactorisedTable product
              ? product.factors()
              : rows(field.table()));
    }
    return all;
  }

  private static float[] rows(EmbeddingTable table) {
    float[] rows = new float[table.rows() * table.rowLength()];
    for (int r = 0; r < table.rows(); r++) {
      table.collapseRow(r, rows, r * table.rowLength());
    }
    return rows;
  }

  /** The model's loss on one batch by its definition. */
  private static final class SlowModel {
    final List<double[]> parameters = new ArrayList<>();
    private final float[] added;
    private final Kind kind;
    private final List<ClickEvent> batch;
    private final NaiveMlp bottom;
    private final NaiveMlp top;
    private final int[][][] rows;

    SlowModel(Dlrm model, Kind kind, List<ClickEvent> batch, float[] added) {
      this.added = added;
      this.kind = kind;
      this.batch = batch;
      this.bottom = new NaiveMlp(model.bottom().spec(), model.bottom().parameters());
      this.top = new NaiveMlp(model.top().spec(), model.top().parameters());
      parameters.addAll(List.of(bottom.parameters));
      parameters.addAll(List.of(top.parameters));
      for (float[] table : parameters(model).subList(parameters.size(), parameters.size() + 2)) {
        parameters.add(NaiveMlp.toDouble(table));
      }
      this.rows = new int[2][batch.size()][];
      for (int f = 0; f < 2; f++) {
        RowBags bags = model.fields().get(f).bags();
        for (int b = 0; b < batch.size(); b++) {
          rows[f][b] = new int[bags.end(b) - bags.start(b)];
          for (int i = 0; i < rows[f][b].length; i++) {
            rows[f][b][i] = bags.row(bags.start(b) + i);
          }
        }
      }
    }

    double slope(double[] tensor, int i) {
      double middle = tensor[i];
      tensor[i] = middle + STEP;
      double above = loss();
      tensor[i] = middle - STEP;
      double below = loss();
      tensor[i] = middle;
      return (above - below) / (2 * STEP);
    }

    double loss() {
      double sum = 0;
      for (int b = 0; b < batch.size(); b++) {
        double z = logit(b);
        sum += Math.log1p(Math.exp(batch.get(b).label() == 1 ? -z : z));
      }
      return sum / batch.size();
    }

    private double logit(int b) {
      double[][] v = {
        bottom.forward(NaiveMlp.toDouble(batch.get(b).dense()), 1),
        kind.vector(parameters.get(parameters.size() - 2), rows[0][b]),
        Kind.PLAIN.vector(parameters.get(parameters.size() - 1), rows[1][b])
      };
      double[] x = Arrays.copyOf(v[0], Dlrm.topInputs(2, DIM));
      x[DIM] = dot(v[1], v[0]);
      x[DIM + 1] = dot(v[2], v[0]);
      x[DIM + 2] = dot(v[2], v[1]);
      return top.forward(x, 1)[0] + added[b];
    }

    private static double dot(double[] a, double[] b) {
      double sum = 0;
      for (int j = 0; j < DIM; j++) {
        sum += a[j] * b[j];
      }
      return sum;
    }
  }
}
