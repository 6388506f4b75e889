package io.millrace.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.table.TableOptimizer;
import io.millrace.table.TableOptimizer.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScaledSumTest {

  /** A rate with which no replica corrects much of an error. */
  private static final double SLOW = 1e-12;

  // law: the change of one replica is added as it is, to the bit
  @Test
  void oneChangeIsAddedAsItIs() {
    float[] delta = {.1f, -0f, 1e-9f, .25f};
    for (Rule rule : List.of(Rule.SGD, Rule.ROWWISE_ADAGRAD)) {
      float[] row = {.3f, -0f, 7, 2};
      int width = rule == Rule.SGD ? 4 : 3;
      new ScaledSum(new TableOptimizer(rule, .1), width, 3)
          .add(0, row, 0, List.of(new float[4], delta), new int[] {-1, 0});
      assertThat(row).containsExactly(.3f + .1f, -0f, 7 + 1e-9f, 2.25f);
    }
  }

  // by hand: a = 1, changes of 3 and 5, so the roots of 4/9 and 6/9
  @Test
  void rowwiseAdagradScalesEachChangeByItsShareOfTheAccumulator() {
    float[] row = {0, 10, 20, 1};
    float[] first = {0, .3f, .6f, 3};
    float[] second = {-.9f, 0, 5};
    new ScaledSum(new TableOptimizer(Rule.ROWWISE_ADAGRAD, SLOW), 2, 3)
        .add(0, row, 1, List.of(first, second), new int[] {1, 0});
    assertThat(row[0]).isZero();
    assertThat(row[1]).isCloseTo((float) (10 + .3 * 2 / 3 - .9 * Math.sqrt(2 / 3d)), within(1e-6f));
    assertThat(row[2]).isCloseTo((float) (20 + .6 * 2 / 3), within(1e-5f));
    assertThat(row[3]).isEqualTo(9);
  }

  // by hand: the initial accumulator counts as if it were in each sum
  @Test
  void adagradScalesWeightByWeight() {
    float[] row = {0, 0, 0, 1};
    float[] first = {1, 1, 1, 0};
    float[] second = {1, 1, 2, 2};
    new ScaledSum(new TableOptimizer(Rule.ADAGRAD, SLOW, 1), 2, 3)
        .add(0, row, 0, List.of(first, second), new int[] {0, 0});
    float a = (float) (Math.sqrt(2 / 4d) + Math.sqrt(3 / 4d));
    float b = (float) (Math.sqrt(2 / 4d) + 1);
    assertThat(row[0]).isCloseTo(a, within(1e-6f));
    assertThat(row[1]).isCloseTo(b, within(1e-6f));
    assertThat(row).endsWith(3, 3);
  }

  // by hand: a = 1 and changes of 3, so a root of 4/7; each replica corrects half of an error, both
  // in turn three quarters, which is .75 of the sum
  @Test
  void replicasThatCorrectTheSameErrorSaturate() {
    int vectors = 5;
    int batch = 8;
    double rate = Math.log(2) / (2 * vectors * batch * 2);
    float[] row = {10, 20, 1};
    ScaledSum merge = new ScaledSum(new TableOptimizer(Rule.ROWWISE_ADAGRAD, rate), 2, vectors);
    merge.batch(batch);
    merge.add(0, row, 0, List.of(new float[] {1, 2, 3}, new float[] {3, 4, 3}), new int[] {0, 0});
    assertThat(row[0]).isCloseTo((float) (10 + .75 * 4 * Math.sqrt(4 / 7d)), within(1e-5f));
    assertThat(row[1]).isCloseTo((float) (20 + .75 * 6 * Math.sqrt(4 / 7d)), within(1e-5f));
    assertThat(row[2]).isEqualTo(7);
  }

  // accumulators that are 0 after all changes have had no gradient: nothing is divided by 0
  @Test
  void rowsWithoutGradientAddUp() {
    float[] row = {1, 0};
    new ScaledSum(new TableOptimizer(Rule.ROWWISE_ADAGRAD, .1), 1, 3)
        .add(0, row, 0, List.of(new float[2], new float[2]), new int[] {0, 0});
    assertThat(row).containsExactly(1, 0);
  }
}
