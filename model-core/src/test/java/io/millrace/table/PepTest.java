package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.metric.GoldenOther;
import io.millrace.random.Seeds;
import io.millrace.table.PepOptions.Granularity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PepTest {

  private static final int DIM = 4;
  private static final TableOptimizer SGD = new TableOptimizer(TableOptimizer.Rule.SGD, .1);
  private static final TableOptimizer ADAGRAD =
      new TableOptimizer(TableOptimizer.Rule.ROWWISE_ADAGRAD, .1);
  private static final RowInit WIDE = new RowInit(RowInit.Shape.UNIFORM, 1, 7);

  private static PepOptions options(Granularity granularity, double keep, double start) {
    return new PepOptions(granularity, keep, start, .01, .02, .1);
  }

  private static PepTable table(int rows, PepOptions options) {
    return new PepTable(rows, DIM, SGD, WIDE, new PepThresholds(options, DIM));
  }

  private static float[] collapsed(EmbeddingTable table) {
    float[] rows = new float[table.rows() * table.dim()];
    for (int r = 0; r < table.rows(); r++) {
      table.collapseRow(r, rows, r * table.dim());
    }
    return rows;
  }

  private static RowBags bags(int[]... examples) {
    RowBags bags = new RowBags();
    for (int[] example : examples) {
      for (int row : example) {
        bags.add(row);
      }
      bags.endExample();
    }
    return bags;
  }

  /** All rows, one an example. */
  private static RowBags each(int rows) {
    return bags(IntStream.range(0, rows).mapToObj(r -> new int[] {r}).toArray(int[][]::new));
  }

  private static void step(EmbeddingTable table, RowBags bags, float[] grad) {
    table.forward(bags, new float[grad.length], table.dim(), 0);
    table.backward(bags, grad, table.dim(), 0);
  }

  private static byte[] state(EmbeddingTable table) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    table.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  // Law: the float64 twin's thresholds at each granularity; s = 0 + the given parts.
  @ParameterizedTest
  @EnumSource(Granularity.class)
  void softThresholdEqualsTheGoldenFigures(Granularity granularity) throws IOException {
    JsonNode golden = GoldenOther.section("pep_soft_threshold");
    String name = granularity.name().toLowerCase(Locale.ROOT).replace("dimension", "dim");
    String known = granularity == Granularity.DIMENSION ? "dimension" : name;
    JsonNode expected = golden.get("cases").get(known);
    PepOptions options = options(granularity, .5, 0);
    PepTable table = new PepTable(2, 3, SGD, WIDE, new PepThresholds(options, 3));
    float[] v = GoldenOther.floats(golden.get("V"));
    System.arraycopy(v, 0, table.values().weights(), 0, 6);
    float[] s = GoldenOther.floats(expected.get("s"));
    System.arraycopy(s, 0, table.parts().weights(), 0, s.length);
    assertThat(collapsed(table))
        .containsExactly(GoldenOther.floats(expected.get("out")), within(1e-6f));
    assertThat(table.weightsLeft()).isEqualTo(expected.get("nnz").longValue());
  }

  // Law: the granularity decides, never a shape: with as many rows as dimensions, where the paper's
  // code takes a row's thresholds for a field's, a change of one part reaches its own weights only.
  @ParameterizedTest
  @EnumSource(Granularity.class)
  void granularityIsNotGuessedFromShapes(Granularity granularity) {
    PepTable table = table(DIM, options(granularity, .5, -3));
    float[] before = collapsed(table);
    table.parts().weights()[1 % table.parts().weights().length] += 1;
    float[] after = collapsed(table);
    for (int i = 0; i < DIM * DIM; i++) {
      boolean reached =
          switch (granularity) {
            case GLOBAL -> true;
            case DIMENSION -> i % DIM == 1;
            case FEATURE -> i / DIM == 1;
            case FEATURE_DIMENSION -> i == 1;
          };
      assertThat(before[i] != after[i]).as("weight %d", i).isEqualTo(reached && before[i] != 0);
    }
  }

  // Law: a higher threshold leaves fewer weights, and no weight that a lower one prunes.
  @ParameterizedTest
  @EnumSource(Granularity.class)
  void weightsLeftFallWithTheThreshold(Granularity granularity) {
    boolean[] left = new boolean[40 * DIM];
    Arrays.fill(left, true);
    long before = left.length;
    for (double start = -8; start <= 4; start++) {
      PepTable table = table(40, options(granularity, .5, start));
      float[] rows = collapsed(table);
      for (int i = 0; i < rows.length; i++) {
        assertThat(rows[i] == 0 || left[i]).isTrue();
        left[i] = rows[i] != 0;
      }
      assertThat(table.weightsLeft()).isLessThanOrEqualTo(before);
      before = table.weightsLeft();
    }
    assertThat(before).isLessThan(left.length / 10);
  }

  // Law: gradients by weights and by thresholds are the slopes of the forward pass, at every
  // granularity, with shared rows, repeated ones, and pruned weights, which have none.
  @ParameterizedTest
  @EnumSource(Granularity.class)
  void gradientsEqualCentralDifferences(Granularity granularity) {
    int rows = 6;
    float rate = 1024;
    TableOptimizer sgd = new TableOptimizer(TableOptimizer.Rule.SGD, rate);
    PepOptions options = new PepOptions(granularity, .5, -1, .01, 1e-9, 0);
    PepTable table = new PepTable(rows, DIM, sgd, WIDE, new PepThresholds(options, DIM, sgd));
    SplittableRandom random = Seeds.generator(3, "pep-gradient", 0);
    RowStore parts = table.parts();
    for (int i = 0; i < parts.rows() * parts.width(); i++) {
      parts.weights()[i] = (float) random.nextDouble(-1, 1);
    }
    RowBags bags = bags(new int[] {0, 3, 0}, new int[] {}, new int[] {5, 1}, new int[] {3});
    float[] g = new float[4 * DIM];
    for (int i = 0; i < g.length; i++) {
      g[i] = (float) random.nextDouble(-1, 1);
    }
    double[][] slopes = new double[2][];
    RowStore[] stores = {table.values(), parts};
    for (int s = 0; s < 2; s++) {
      int n = stores[s].rows() * stores[s].width();
      slopes[s] = new double[n];
      for (int i = 0; i < n; i++) {
        float[] weights = stores[s].weights();
        float middle = weights[i];
        weights[i] = middle + 0x1p-12f;
        double above = loss(table, bags, g);
        weights[i] = middle - 0x1p-12f;
        slopes[s][i] = (above - loss(table, bags, g)) / 0x1p-11;
        weights[i] = middle;
      }
    }
    float[][] before = {table.values().weights().clone(), parts.weights().clone()};
    step(table, bags, g);
    for (int s = 0; s < 2; s++) {
      for (int i = 0; i < slopes[s].length; i++) {
        double gradient = (before[s][i] - stores[s].weights()[i]) / rate;
        assertThat(gradient).as("store %d, entry %d", s, i).isCloseTo(slopes[s][i], within(1e-3));
      }
      assertThat(Arrays.stream(slopes[s]).map(Math::abs).max().orElse(0)).isGreaterThan(5e-3);
    }
    assertThat(Arrays.stream(slopes[0]).filter(slope -> slope == 0).count())
        .as("rows 2 and 4 are not used, and some weights are pruned")
        .isGreaterThan(2 * DIM);
  }

  private static double loss(PepTable table, RowBags bags, float[] g) {
    float[] out = new float[g.length];
    table.forward(bags, out, DIM, 0);
    double sum = 0;
    for (int i = 0; i < g.length; i++) {
      sum += (double) g[i] * out[i];
    }
    return sum;
  }

  // The paper's code starts at s = -150 for Criteo: e^-150 is 0 in single precision, and so is the
  // sigmoid's slope; nothing that the data say can move s. Such starts are refused.
  @Test
  void startsThatDataCannotMoveAreRefused() {
    float g = PepThresholds.sigmoid(-150);
    assertThat((float) StrictMath.exp(-150)).isZero();
    assertThat(g * (1 - g)).isZero();
    assertThatThrownBy(() -> options(Granularity.GLOBAL, .5, -150))
        .hasMessage(
            "start must be in [-15, 15], as the sigmoid is flat beyond in single precision, but"
                + " was -150.0");
    float last = PepThresholds.sigmoid(-15);
    assertThat(last * (1 - last)).isGreaterThan(1e-7f);
  }

  // Law: from the lowest start on data move a threshold: the loss falls with |v|, so s falls.
  @ParameterizedTest
  @EnumSource(Granularity.class)
  void dataMoveTheThresholds(Granularity granularity) {
    PepTable table =
        new PepTable(
            3,
            DIM,
            new TableOptimizer(TableOptimizer.Rule.SGD, 1e-9),
            WIDE,
            new PepThresholds(new PepOptions(granularity, 1, -15, .01, .02, 0), DIM));
    float[] grad = collapsed(table);
    for (int i = 0; i < grad.length; i++) {
      grad[i] = -1e3f * Math.signum(grad[i]);
    }
    step(table, each(3), grad);
    assertThat(table.parts().weights()[0]).isLessThan(-.005f);
  }

  // Law: without a leak a pruned weight is dead, with one it can come back; its gradient is that
  // share of a weight's that is left.
  @Test
  void aLeakBringsPrunedWeightsBack() {
    for (double leak : new double[] {0, .1}) {
      PepOptions options = new PepOptions(Granularity.GLOBAL, 1, 0, 1e-9, 1e-9, leak);
      PepTable table = new PepTable(1, DIM, SGD, WIDE, new PepThresholds(options, DIM));
      float[] v = {.2f, -.3f, .9f, -.8f};
      System.arraycopy(v, 0, table.values().weights(), 0, DIM);
      step(table, each(1), new float[] {-1, -1, -1, -1});
      float[] moved = table.values().weights();
      assertThat(moved[0]).isCloseTo(.2f + .1f * (float) leak, within(1e-6f));
      assertThat(moved[2]).isCloseTo(1, within(1e-6f));
      for (int i = 0; i < 50; i++) {
        step(table, each(1), new float[] {-1, -1, -1, -1});
      }
      assertThat(collapsed(table)[0] > 0).isEqualTo(leak > 0);
      assertThat(collapsed(table)[1] != 0).isFalse();
    }
  }

  // Law: training ends up with about the share of weights asked for, over all tables of a model,
  // and gets back to it after rows were added, which are whole at first.
  @ParameterizedTest
  @EnumSource(Granularity.class)
  void theShareAskedForIsReachedAndHeld(Granularity granularity) {
    PepThresholds thresholds =
        new PepThresholds(new PepOptions(granularity, .2, -9, .001, .02, .1), DIM);
    RowInit small = new RowInit(RowInit.Shape.UNIFORM, .05, 9);
    PepTable large = new PepTable(300, DIM, ADAGRAD, WIDE, thresholds);
    PepTable little = new PepTable(300, DIM, ADAGRAD, small, thresholds);
    SplittableRandom random = Seeds.generator(4, "pep-target", 0);
    for (int t = 0; t < 4000; t++) {
      if (t > 1900 && t <= 2000) {
        assertLeft(large, little);
      }
      if (t == 2000) {
        assertThat(large.weightsLeft())
            .as("large weights stay")
            .isGreaterThan(4 * little.weightsLeft());
        large.grow(500, 1000);
      }
      for (PepTable table : new PepTable[] {large, little}) {
        int[] rows = random.ints(20, 0, table.rows()).toArray();
        float[] grad = new float[DIM];
        for (int j = 0; j < DIM; j++) {
          grad[j] = (float) random.nextDouble(-.01, .01);
        }
        step(table, bags(rows), grad);
      }
    }
    assertLeft(large, little);
  }

  private static void assertLeft(PepTable a, PepTable b) {
    double share = (double) (a.weightsLeft() + b.weightsLeft()) / ((a.rows() + b.rows()) * DIM);
    assertThat(share).isCloseTo(.2, within(.02));
  }

  // Law: tables restored from their states step as the originals, shared thresholds included.
  @ParameterizedTest
  @EnumSource(Granularity.class)
  void restoredTablesStepAsTheOriginals(Granularity granularity) throws IOException {
    PepTable[] tables = pair(granularity);
    PepTable[] copies = pair(granularity);
    for (int t = 0; t < 40; t++) {
      if (t == 37) {
        for (int i = 0; i < 2; i++) {
          copies[i].readState(new DataInputStream(new ByteArrayInputStream(state(tables[i]))));
        }
      }
      for (PepTable table : tables) {
        step(table, bags(new int[] {0, 2}), new float[] {.1f, -.2f, .3f, .1f * t});
      }
      for (PepTable copy : copies) {
        step(copy, bags(new int[] {0, 2}), new float[] {.1f, -.2f, .3f, .1f * t});
      }
    }
    for (int i = 0; i < 2; i++) {
      assertThat(state(copies[i])).isEqualTo(state(tables[i]));
    }
  }

  private static PepTable[] pair(Granularity granularity) {
    PepThresholds thresholds = new PepThresholds(options(granularity, .3, -2), DIM);
    return new PepTable[] {
      new PepTable(4, DIM, ADAGRAD, WIDE, thresholds),
      new PepTable(4, DIM, ADAGRAD, new RowInit(RowInit.Shape.UNIFORM, .3, 8), thresholds)
    };
  }

  @Test
  void wrongOptionsAreNamed() {
    assertThatThrownBy(() -> options(Granularity.GLOBAL, 0, -9))
        .hasMessage("keep must be in (0, 1] but was 0.0");
    assertThatThrownBy(() -> new PepOptions(Granularity.GLOBAL, .5, -9, 0, .1, .1))
        .hasMessage("lr must be > 0 but was 0.0");
    assertThatThrownBy(() -> new PepOptions(Granularity.GLOBAL, .5, -9, .1, 0, .1))
        .hasMessage("drift must be > 0 but was 0.0");
    assertThatThrownBy(() -> new PepOptions(Granularity.GLOBAL, .5, -9, .1, .1, 2))
        .hasMessage("leak must be in [0, 1] but was 2.0");
  }

  // Law: a served row is the table's row, and the bytes are those of weights, bits and starts.
  @Test
  void sparseRowsAreTheTablesRows() {
    for (int dim : new int[] {3, 8, 16, 21}) {
      PepOptions options = options(Granularity.GLOBAL, .5, 1.2);
      PepTable table = new PepTable(101, dim, SGD, WIDE, new PepThresholds(options, dim));
      int[] order = IntStream.range(0, 101).map(r -> 100 - r).toArray();
      SparseRows stored = (SparseRows) table.store(order, RowFormat.FLOAT32);
      float[] expected = collapsed(table);
      for (int r = 0; r < 101; r++) {
        float[] row = new float[dim];
        stored.add(100 - r, row, 0);
        assertThat(row).containsExactly(Arrays.copyOfRange(expected, r * dim, (r + 1) * dim));
      }
      long bytes = 4 * table.weightsLeft() + 101L * ((dim + 7) / 8) + 7 * 4;
      assertThat(stored.bytes()).isEqualTo(bytes).isEqualTo(served(table));
      assertThat(stored.values().count()).isEqualTo((int) table.weightsLeft());
    }
  }

  private static long served(EmbeddingTable table) {
    return table.servingBytes(table.rows(), RowFormat.FLOAT32);
  }

  // Law: in a narrow format no weight that is left becomes 0; int8 stands back for bf16.
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void sparseRowsHaveTheirFormat(RowFormat format) {
    PepTable table = table(101, options(Granularity.GLOBAL, .5, 1.2));
    int[] order = IntStream.range(0, 101).toArray();
    StoredRows stored = table.store(order, format);
    assertThat(stored).isInstanceOf(SparseRows.class);
    assertThat(stored.format()).isEqualTo(format == RowFormat.INT8 ? RowFormat.BF16 : format);
    assertThat(stored.bytes()).isEqualTo(table.servingBytes(101, format));
    float[] expected = collapsed(table);
    for (int r = 0; r < 101; r++) {
      float[] row = new float[DIM];
      stored.add(r, row, 0);
      for (int j = 0; j < DIM; j++) {
        float weight = expected[r * DIM + j];
        assertThat(row[j] == 0).isEqualTo(weight == 0);
        assertThat(row[j]).isCloseTo(weight, within(Math.abs(weight) / 256));
      }
    }
  }

  @Test
  void rowsThatAreHardlyPrunedStayDense() {
    PepTable table = table(50, options(Granularity.GLOBAL, 1, -9));
    assertThat(table.store(new int[] {1, 2}, RowFormat.FLOAT32))
        .isInstanceOf(StoredRows.Dense.class);
    assertThat(served(table)).isEqualTo(50 * DIM * 4);
  }

  @Test
  void damagedSparseRowsAreRefused() {
    assertThatThrownBy(() -> new SparseRows(new byte[3], new float[0], 2, 9))
        .hasMessage("mask must have 4 bytes for 2 rows of 9 but had 3");
    assertThatThrownBy(() -> new SparseRows(new byte[] {5}, new float[1], 1, 4))
        .hasMessage("values must be as many as the mask has bits (2) but were 1");
  }

  private static MaskedTable retrained(PepTable searched, double start, int rows) {
    StoredRows left =
        searched.store(IntStream.range(0, searched.rows()).toArray(), RowFormat.FLOAT32);
    return new MaskedTable(
        rows, ADAGRAD, WIDE, start, left, key -> key < searched.rows() ? (int) key : -1);
  }

  // Law: the initial embedding is the value of the first forward pass, before the first update, and
  // not the weight behind it; of the weights that the search has left, and of them only.
  @Test
  void retrainingStartsFromTheFirstForwardPass() {
    PepTable search = table(30, options(Granularity.FEATURE_DIMENSION, .2, -1));
    float[] first = new float[30 * DIM];
    search.forward(each(30), first, DIM, 0);
    for (int t = 0; t < 60; t++) {
      step(search, each(30), new float[30 * DIM]);
    }
    float[] last = collapsed(search);
    float[] start = collapsed(retrained(search, -1, 30));
    int left = 0;
    for (int i = 0; i < first.length; i++) {
      assertThat(start[i]).isEqualTo(last[i] == 0 ? 0 : first[i]);
      assertThat(start[i]).isNotEqualTo(search.values().weights()[i]);
      left += last[i] == 0 ? 0 : 1;
    }
    assertThat(left).isBetween(1, first.length / 2);
  }

  // Law: under the mask only weights that are left learn, as in a plain table whose gradients are
  // masked; pruned ones and rows unknown to the mask stay 0.
  @Test
  void prunedWeightsNeverLearn() {
    PepTable search = table(10, options(Granularity.FEATURE, .5, 0));
    MaskedTable masked = retrained(search, 0, 12);
    float[] before = collapsed(masked);
    float[] grad = new float[12 * DIM];
    Arrays.fill(grad, 1);
    for (int t = 0; t < 5; t++) {
      step(masked, each(12), grad);
    }
    float[] after = collapsed(masked);
    for (int i = 0; i < after.length; i++) {
      boolean left = i < 10 * DIM && collapsed(search)[i] != 0;
      assertThat(after[i] != before[i]).as("weight %d", i).isEqualTo(left);
      assertThat(left || after[i] == 0).isTrue();
    }
    assertThat(masked.weightsLeft()).isEqualTo(search.weightsLeft());
    assertThat(masked.store(IntStream.range(0, 12).toArray(), RowFormat.FLOAT32).bytes())
        .isEqualTo(served(masked));
  }

  // Law: grown and kept rows keep their masks, through a checkpoint too.
  @Test
  void masksFollowTheirRows() throws IOException {
    PepTable search = table(10, options(Granularity.FEATURE_DIMENSION, .5, 0));
    MaskedTable masked = retrained(search, 0, 0);
    for (int key : new int[] {7, 3, 99, 1}) {
      masked.grow(masked.rows() + 1, key);
    }
    masked.keep(new int[] {1, 3}, 2);
    MaskedTable copy = retrained(search, 0, 0);
    copy.readState(new DataInputStream(new ByteArrayInputStream(state(masked))));
    float[] grad = new float[2 * DIM];
    Arrays.fill(grad, 1);
    step(copy, each(2), grad);
    float[] rows = collapsed(copy);
    float[] left = collapsed(search);
    for (int i = 0; i < rows.length; i++) {
      int row = i < DIM ? 3 : 1;
      assertThat(rows[i] != 0).isEqualTo(left[row * DIM + i % DIM] != 0);
    }
    assertThatThrownBy(() -> copy.remap(RowRemap.of(1, new int[1], new int[1], new double[1])))
        .hasMessage("rows under a mask cannot follow a new hash");
  }
}
