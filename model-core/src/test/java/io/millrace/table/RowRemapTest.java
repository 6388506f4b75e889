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
}
