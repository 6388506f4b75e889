package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MultiHashTest {

  private static final int EACH = 31;

  /** Law: the h-th row of an id lies in the h-th internal table, and all its rows are used. */
  @Test
  void everyLookupHasAnInternalTableOfItsOwn() {
    MultiHash hash = new MultiHash(3, EACH, 5);
    boolean[] used = new boolean[hash.rows()];
    int[] rows = new int[3];
    for (long id = -1000; id < 1000; id++) {
      assertThat(hash.lookUp(id, rows)).isEqualTo(3);
      assertThat(rows[0]).isEqualTo(hash.row(id));
      for (int h = 0; h < 3; h++) {
        assertThat(rows[h]).isBetween(h * EACH, (h + 1) * EACH - 1);
        used[rows[h]] = true;
      }
    }
    assertThat(used).doesNotContain(false);
  }

  /**
   * Law: the two hashes are independent, so that every pair of rows is as likely as any other.
   * Pearson's chi-square over the pairs has the mean df and the deviation sqrt(2 df).
   */
  @Test
  void theHashesAreIndependent() {
    for (long step : new long[] {1, 1 << 20, 0x9E3779B97F4A7C15L}) {
      assertThat(deviations(step)).as("step %x", step).isBetween(-4.0, 4.0);
    }
  }

  private static double deviations(long step) {
    int n = 100_000;
    MultiHash hash = new MultiHash(2, EACH, 0x5EED_0002L);
    int[] pairs = new int[EACH * EACH];
    int[] rows = new int[2];
    for (int i = 0; i < n; i++) {
      hash.lookUp(i * step, rows);
      pairs[rows[0] * EACH + rows[1] - EACH]++;
    }
    double expected = (double) n / pairs.length;
    double chi = 0;
    for (int count : pairs) {
      chi += (count - expected) * (count - expected) / expected;
    }
    double freedom = pairs.length - 1;
    return (chi - freedom) / Math.sqrt(2 * freedom);
  }

  @Test
  void aFormulaHasNoBytesAndWrongShapesAreNamed() {
    assertThat(new MultiHash(2, 5, 1).serializedBytes()).isZero();
    assertThatThrownBy(() -> new MultiHash(0, 5, 1)).hasMessage("lookups must be >= 1 but was 0");
    assertThatThrownBy(() -> new MultiHash(2, 0, 1)).hasMessage("rows must be >= 1 but was 0");
  }
}
