package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.metric.GoldenOther;
import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import io.millrace.table.TableOptimizer.Rule;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Steps of each rule by hand. Rows start at 0; the first batch uses row 0 twice, with gradients
 * that sum to (3, -4), and row 1 with (2, 2); the second one row 0 alone, with (1, 2).
 */
class TableOptimizerTest {

  private static final RowInit ZERO = new RowInit(RowInit.Shape.UNIFORM, 0, 0);

  private static RowStore store(int rows, Rule rule, double rate) {
    RowStore store = new RowStore(2, new TableOptimizer(rule, rate), ZERO);
    store.grow(rows, 0);
    return store;
  }

  private static RowBags bags(int... rows) {
    RowBags bags = new RowBags();
    for (int row : rows) {
      bags.add(row);
      bags.endExample();
    }
    return bags;
  }

  private static void first(RowStore store) {
    store.update(bags(0, 1, 0), new float[] {1, -1, 2, 2, 2, -3}, 2, 0);
  }

  private static void second(RowStore store) {
    store.update(bags(0), new float[] {1, 2}, 2, 0);
  }

  private static void assertSteps(Rule rule, double[] afterFirst, double[] afterSecond) {
    RowStore store = store(3, rule, .5);
    first(store);
    assertWeights(store, afterFirst);
    second(store);
    assertWeights(store, afterSecond);
  }

  private static void assertWeights(RowStore store, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) store.weights()[i])
          .as("weight %d", i)
          .isCloseTo(expected[i], within(1e-6));
    }
  }

  @Test
  void sgdSubtractsTheSummedGradient() {
    assertSteps(Rule.SGD, new double[] {-1.5, 2, -1, -1, 0, 0}, new double[] {-2, 1, -1, -1, 0, 0});
  }

  // a_0 = 25 / 2, then 25 / 2 + 5 / 2 = 15; a_1 = 4
  @Test
  void rowWiseAdagradDividesByTheRootOfTheRowsMeanSquares() {
    double r = Math.sqrt(12.5);
    double s = Math.sqrt(15);
    assertSteps(
        Rule.ROWWISE_ADAGRAD,
        new double[] {-1.5 / r, 2 / r, -.5, -.5, 0, 0},
        new double[] {-1.5 / r - .5 / s, 2 / r - 1 / s, -.5, -.5, 0, 0});
  }

  // a_0 = (9, 16), then (10, 20): the first step of every weight is the learning rate
  @Test
  void adagradHasAnAccumulatorAWeight() {
    assertSteps(
        Rule.ADAGRAD,
        new double[] {-.5, .5, -.5, -.5, 0, 0},
        new double[] {-.5 - .5 / Math.sqrt(10), .5 - 1 / Math.sqrt(20), -.5, -.5, 0, 0});
  }

  // Law: an accumulator that starts at a0 bounds the first step; by hand a0 = 1 / 4, and a step of
  // row 1, whose gradient is (2, 2), is lr 2 / sqrt(1 / 4 + 4). A gradient near 0 hardly moves it.
  @ParameterizedTest
  @EnumSource(
      value = Rule.class,
      names = {"ROWWISE_ADAGRAD", "ADAGRAD"})
  void anInitialAccumulatorShortensFirstSteps(Rule rule) {
    RowStore store = new RowStore(2, new TableOptimizer(rule, .5, .25), ZERO);
    store.grow(3, 0);
    first(store);
    double step = .5 * 2 / Math.sqrt(4.25);
    assertThat((double) store.weights()[2]).isCloseTo(-step, within(1e-6));
    store.update(bags(2), new float[] {1e-4f, 1e-4f}, 2, 0);
    assertThat((double) store.weights()[4]).isCloseTo(-.5e-4 / .5, within(1e-8));
  }

  // step 1: m' = g and v' = g^2, so the step is the learning rate; step 2, row 0: m = .9 (.3, -.4)
  // +
  // .1 (1, 2) = (.37, -.16), v = .999 (.009, .016) + .001 (1, 4) = (.009991, .019984); row 1 rests
  @Test
  void adamMovesTheRowsOfTheBatch() {
    double m = 1 - .9 * .9;
    double v = 1 - .999 * .999;
    assertSteps(
        Rule.ADAM,
        new double[] {-.5, .5, -.5, -.5, 0, 0},
        new double[] {
          -.5 - .5 * (.37 / m) / Math.sqrt(.009991 / v),
          .5 + .5 * (.16 / m) / Math.sqrt(.019984 / v),
          -.5,
          -.5,
          0,
          0
        });
  }

  // Law: the numpy twin's row-wise Adagrad.
  @Test
  void rowWiseAdagradEqualsTheGoldenSteps() throws IOException {
    JsonNode golden = GoldenOther.section("rowwise_adagrad");
    RowStore store = store(3, Rule.ROWWISE_ADAGRAD, golden.get("lr").doubleValue());
    System.arraycopy(GoldenOther.floats(golden.get("W0")), 0, store.weights(), 0, 6);
    for (JsonNode step : golden.get("steps")) {
      RowBags bags = bags(GoldenOther.ints(step.get("idx")));
      store.update(bags, GoldenOther.floats(step.get("grad")), 2, 0);
      assertWeights(store, GoldenOther.doubles(step.get("W")));
    }
  }

  // Law: six batches of PyTorch's own optimisers (for Adam its SparseAdam) on an EmbeddingBag, see
  // src/test/python/torch_optimizers.py: bags are empty, repeat rows and share them.
  @Test
  void batchesAreThoseOfPyTorch() throws IOException {
    JsonNode torch;
    try (InputStream in = TableOptimizerTest.class.getResourceAsStream("torch-optimizers.json")) {
      torch = new ObjectMapper().readTree(in);
    }
    assertThat(torch.get("cases")).hasSize(3);
    int width = torch.get("width").intValue();
    for (JsonNode c : torch.get("cases")) {
      TableOptimizer optimizer =
          new TableOptimizer(Rule.valueOf(c.get("rule").asText()), c.get("lr").doubleValue());
      RowStore store = new RowStore(width, optimizer, ZERO);
      float[] start = GoldenOther.floats(torch.get("start"));
      store.grow(start.length / width, 0);
      System.arraycopy(start, 0, store.weights(), 0, start.length);
      for (int t = 0; t < c.get("after").size(); t++) {
        RowBags bags = new RowBags();
        for (JsonNode bag : torch.get("bags").get(t)) {
          bag.forEach(row -> bags.add(row.intValue()));
          bags.endExample();
        }
        store.update(bags, GoldenOther.floats(torch.get("gradients").get(t)), width, 0);
        assertWeights(store, GoldenOther.doubles(c.get("after").get(t)));
      }
    }
  }

  // Law: rows do not disturb each other, however many a batch has and however wide they are: each
  // steps, to the bit, as in a table of its own.
  @ParameterizedTest
  @EnumSource(Rule.class)
  void rowsOfLargeBatchesStepAsAlone(Rule rule) {
    for (int width : new int[] {1, 3, 16, 600, 1500}) {
      int rows = 2500 / width + 3;
      RowInit init = RowInit.dlrm(rows, 5);
      RowStore together = new RowStore(width, new TableOptimizer(rule, .1), init);
      together.grow(rows, 0);
      RowStore[] alone = new RowStore[rows];
      for (int r = 0; r < rows; r++) {
        alone[r] = new RowStore(width, new TableOptimizer(rule, .1), init);
        alone[r].grow(1, 0);
        System.arraycopy(together.weights(), r * width, alone[r].weights(), 0, width);
      }
      SplittableRandom random = Seeds.generator(6, "large-batches", width);
      for (int t = 0; t < 3; t++) {
        int[] order = random.ints(0, rows).distinct().limit(rows).toArray();
        float[] gradient = new float[rows * width];
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] = (float) Gaussian.next(random);
        }
        together.update(bags(order), gradient, width, 0);
        for (int i = 0; i < rows; i++) {
          alone[order[i]].update(bags(0), gradient, width, i * width);
        }
      }
      for (int r = 0; r < rows; r++) {
        float[] own = Arrays.copyOf(alone[r].weights(), width);
        assertThat(Arrays.copyOfRange(together.weights(), r * width, (r + 1) * width))
            .as("row %d of %d x %d", r, rows, width)
            .containsExactly(own);
      }
    }
  }

  // Law: a row's state goes where the row goes, and Adam's count of batches stays.
  @ParameterizedTest
  @EnumSource(Rule.class)
  void stateFollowsItsRow(Rule rule) {
    RowStore straight = store(3, rule, .5);
    first(straight);
    RowStore moved = store(3, rule, .5);
    first(moved);
    moved.remap(RowRemap.of(2, new int[] {1, 0}, new int[] {0, 1}, new double[] {2, 2}));
    moved.keep(new int[] {1}, 1);
    moved.grow(2, 0);
    second(straight);
    second(moved);
    assertThat(moved.weights()).startsWith(straight.weights()[0], straight.weights()[1]);
    moved.update(bags(1), new float[] {3, -4}, 2, 0);
    straight.update(bags(2), new float[] {3, -4}, 2, 0);
    assertThat(moved.weights()[2]).isEqualTo(straight.weights()[4]);
    assertThat(moved.weights()[3]).isEqualTo(straight.weights()[5]);
  }

  // Law: write, read, go on equals going on.
  @ParameterizedTest
  @EnumSource(Rule.class)
  void restoredStoresStepAsTheOriginals(Rule rule) throws IOException {
    RowStore store = store(3, rule, .5);
    first(store);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    store.write(new DataOutputStream(bytes));
    RowStore copy = store(0, rule, .5);
    copy.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    second(store);
    second(copy);
    assertThat(copy.weights()).containsExactly(store.weights());
  }

  @Test
  void stateIsCounted() {
    assertThat(store(5, Rule.SGD, 1).bytes()).isEqualTo(5 * 4 * 2);
    assertThat(store(5, Rule.ROWWISE_ADAGRAD, 1).bytes()).isEqualTo(5 * 4 * 3);
    assertThat(store(5, Rule.ADAGRAD, 1).bytes()).isEqualTo(5 * 4 * 4);
    assertThat(store(5, Rule.ADAM, 1).bytes()).isEqualTo(5 * 4 * 6);
  }

  @Test
  void theRateMustBePositive() {
    assertThatThrownBy(() -> new TableOptimizer(Rule.ADAGRAD, 1, -1))
        .hasMessage("initial_accumulator must be >= 0 but was -1.0");
    assertThatThrownBy(() -> new TableOptimizer(Rule.SGD, 0))
        .hasMessage("lr must be > 0 but was 0.0");
  }
}
