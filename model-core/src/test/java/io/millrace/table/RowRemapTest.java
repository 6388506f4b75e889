package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.metric.GoldenOther;
import io.millrace.random.Seeds;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowRemapTest {

  private static final int WIDTH = 3;
  private final SplittableRandom random = Seeds.generator(1, "remap-test", 0);

  private float[] rows(int n) {
    float[] w = new float[n * WIDTH];
    for (int i = 0; i < w.length; i++) {
      w[i] = (float) random.nextDouble() - .5f;
    }
    return w;
  }

  private int[] map(int ids, int rows) {
    return IntStream.range(0, ids).map(i -> random.nextInt(rows)).toArray();
  }

  private double[] weights(int ids) {
    return IntStream.range(0, ids).mapToDouble(i -> 1 + random.nextInt(50)).toArray();
  }

  // Law: the numpy twin's rows and, with the same weights, its accumulators.
  @Test
  void rowsAndStateEqualTheGoldenFigures() throws IOException {
    JsonNode golden = GoldenOther.section("remap");
    RowRemap plan =
        RowRemap.of(
            5,
            GoldenOther.ints(golden.get("old")),
            GoldenOther.ints(golden.get("new")),
            GoldenOther.doubles(golden.get("counts")));
    assertThat(plan.apply(GoldenOther.floats(golden.get("W0")), 2))
        .containsExactly(GoldenOther.floats(golden.get("W1")), within(1e-7f));
    assertThat(plan.apply(GoldenOther.floats(golden.get("G0")), 1))
        .containsExactly(GoldenOther.floats(golden.get("G1_mean")), within(1e-7f));
  }

  @Test
  void anUnchangedMapChangesNothingToTheBit() {
    float[] w = rows(7);
    int[] map = map(100, 7);
    assertThat(RowRemap.of(7, map, map, weights(100)).apply(w, WIDTH)).containsExactly(w);
  }

  @Test
  void renumberedRowsArePermuted() {
    float[] w = rows(5);
    int[] map = map(100, 5);
    int[] renumbered = IntStream.of(map).map(r -> (r + 2) % 5).toArray();
    float[] moved = RowRemap.of(5, map, renumbered, weights(100)).apply(w, WIDTH);
    for (int r = 0; r < 5; r++) {
      for (int j = 0; j < WIDTH; j++) {
        assertThat(moved[(r + 2) % 5 * WIDTH + j]).isEqualTo(w[r * WIDTH + j]);
      }
    }
  }

  @Test
  void splittingARowCopiesIt() {
    float[] w = rows(1);
    float[] moved =
        RowRemap.of(2, new int[] {0, 0}, new int[] {0, 1}, new double[] {3, 9}).apply(w, WIDTH);
    for (int j = 0; j < WIDTH; j++) {
      assertThat(moved[j]).isEqualTo(w[j]);
      assertThat(moved[WIDTH + j]).isEqualTo(w[j]);
    }
  }

  @Test
  void theWeightedSumOverAllIdsIsConserved() {
    float[] w = rows(11);
    int[] old = map(1021, 11);
    int[] next = map(1021, 6);
    double[] weights = weights(1021);
    float[] moved = RowRemap.of(6, old, next, weights).apply(w, WIDTH);
    for (int j = 0; j < WIDTH; j++) {
      double before = 0;
      double after = 0;
      for (int i = 0; i < 1021; i++) {
        before += weights[i] * w[old[i] * WIDTH + j];
        after += weights[i] * moved[next[i] * WIDTH + j];
      }
      assertThat(after).isCloseTo(before, within(1e-3));
    }
  }

  @Test
  void idsWithoutCountsAreAveragedPlainly() {
    float[] w = {1, 3};
    float[] moved =
        RowRemap.of(1, new int[] {0, 1}, new int[] {0, 0}, new double[] {0, 0}).apply(w, 1);
    assertThat(moved).containsExactly(2f);
  }

  @Test
  void aRowForIdsToComeStartsAsTheMeanOfIdsSeenOnce() {
    float[] w = {1, 3, 50};
    float[] moved =
        RowRemap.of(2, new int[] {0, 1, 2}, new int[] {0, 0, 0}, new double[] {1, .5, 9})
            .apply(w, 1);
    assertThat(moved[1]).isEqualTo(2f);
  }

  @Test
  void withoutIdsSeenOnceItKeepsWhatItsNumberHeld() {
    float[] w = rows(3);
    float[] moved = RowRemap.of(3, new int[] {2}, new int[] {0}, new double[] {2}).apply(w, WIDTH);
    assertThat(moved[2 * WIDTH]).isEqualTo(w[2 * WIDTH]);
    assertThat(moved[0]).isEqualTo(w[2 * WIDTH]);
  }

  /** A plan for ids with a row in each of two internal tables of {@code each} rows. */
  private static RowRemap two(int each, int[] from, int[] to, double[] weights) {
    RowRemap.Builder plan = new RowRemap.Builder(2 * each, new int[] {0, each}, 0);
    for (int i = 0; i < weights.length; i++) {
      plan.move(
          new int[] {from[2 * i], from[2 * i + 1]},
          2,
          new int[] {to[2 * i], to[2 * i + 1]},
          2,
          weights[i]);
    }
    return plan.build();
  }

  /** Rows of {@code ids} ids in two internal tables, one after the other. */
  private int[] pairs(int ids, int each) {
    return IntStream.range(0, 2 * ids).map(i -> i % 2 * each + random.nextInt(each)).toArray();
  }

  @Test
  void internalTablesMoveEachOnItsOwn() {
    float[] w = rows(14);
    int[] old = pairs(200, 7);
    int[] next = pairs(200, 7);
    double[] weights = weights(200);
    assertThat(two(7, old, old, weights).apply(w, WIDTH)).containsExactly(w);
    float[] moved = two(7, old, next, weights).apply(w, WIDTH);
    for (int h = 0; h < 2; h++) {
      int table = h;
      int[] from = IntStream.range(0, 200).map(i -> old[2 * i + table]).toArray();
      int[] to = IntStream.range(0, 200).map(i -> next[2 * i + table]).toArray();
      float[] alone = RowRemap.of(14, from, to, weights).apply(w, WIDTH);
      for (int i = h * 7 * WIDTH; i < (h + 1) * 7 * WIDTH; i++) {
        assertThat(moved[i]).isEqualTo(alone[i]);
      }
    }
  }

  @Test
  void aRowForIdsToComeResemblesThoseOfItsInternalTable() {
    float[] w = {1, 3, 10, 30};
    RowRemap plan = two(2, new int[] {0, 2, 1, 3}, new int[] {0, 2, 0, 2}, new double[] {1, 1});
    assertThat(plan.apply(w, 1)).containsExactly(2, 2, 20, 20);
  }

  // id 0 gets a row of its own, id 1 loses it, id 2 keeps its two: no id's vector changes unless
  // its rows are shared, and state is a mean of states
  @Test
  void anIdKeepsItsVectorWhenItsNumberOfRowsChanges() {
    float[] w = {5, 1, 2, 30, 40};
    RowRemap.Builder plan = new RowRemap.Builder(5, new int[] {0, 1, 3}, 0);
    plan.move(new int[] {1, 3}, 2, new int[] {0}, 1, 9);
    plan.move(new int[] {0}, 1, new int[] {2, 4}, 2, 7);
    plan.move(new int[] {1, 3}, 2, new int[] {1, 3}, 2, 2);
    assertThat(plan.build().apply(w, 1)).containsExactly(31, 1, 2.5f, 30, 2.5f);
    assertThat(plan.build().applyToState(w, 1)).containsExactly(15.5f, 1, 5, 30, 5);
  }

  @Test
  void anIdThatLosesItsRowWeighsInByItsCount() {
    float[] w = {5, 1, 20};
    RowRemap.Builder plan = new RowRemap.Builder(3, new int[] {0, 1, 2}, 0);
    plan.move(new int[] {0}, 1, new int[] {1, 2}, 2, 3);
    plan.move(new int[] {1, 2}, 2, new int[] {1, 2}, 2, 2);
    float[] moved = plan.build().apply(w, 1);
    assertThat(moved[1]).isCloseTo((3 * 2.5f + 2 * 1) / 5, within(1e-6f));
    assertThat(moved[2]).isCloseTo((3 * 2.5f + 2 * 20) / 5, within(1e-6f));
    assertThat(moved[0]).isEqualTo(5f);
  }
}
