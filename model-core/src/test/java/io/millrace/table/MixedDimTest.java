package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.metric.Spectrum;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixedDimTest {

  private static final TableOptimizer SGD = new TableOptimizer(TableOptimizer.Rule.SGD, .1);
  private static final long[] POWERS = {16, 256, 4096, 65_536};

  // alpha = 1/4: n^-alpha = 1/2, 1/4, 1/8, 1/16, and lambda = 16 * 2
  @Test
  void dimensionsFallWithTheNumberOfRows() {
    MixedDims dims = new MixedDims(POWERS, 16, .25, false);
    assertThat(dims.bySmallestField(16)).containsExactly(16, 8, 4, 2);
    assertThat(dims.bySmallestField(2)).containsExactly(2, 1, 1, 1);
    assertThat(new MixedDims(POWERS, 16, 0, false).bySmallestField(16))
        .containsExactly(16, 16, 16, 16);
  }

  // lambda = 20: 10, 5, 2.5 (to even), 1.25; then the powers of two nearest on a log scale
  @Test
  void dimensionsAreRoundedTwice() {
    assertThat(new MixedDims(POWERS, 16, .25, false).bySmallestField(10))
        .containsExactly(10, 5, 2, 1);
    assertThat(new MixedDims(POWERS, 16, .25, true).bySmallestField(10))
        .containsExactly(8, 4, 2, 1);
    assertThat(new MixedDims(POWERS, 12, .25, true).bySmallestField(12))
        .as("12 rounds to 16, which is more than the model's 12")
        .containsExactly(12, 8, 4, 2);
  }

  // Law: the tables with their projections fit, and one row's float more a field would not.
  @ParameterizedTest
  @ValueSource(longs = {72_000, 100_000, 200_000, 1_000_000})
  void budgetsAreKept(long budget) {
    MixedDims dims = new MixedDims(POWERS, 16, .25, false);
    int[] d = dims.byBudget(budget);
    assertThat(dims.floats(d)).isLessThanOrEqualTo(budget);
    long rows = POWERS[0] + POWERS[1] + POWERS[2] + POWERS[3];
    assertThat(dims.floats(d) + rows + 4 * 16).isGreaterThan(budget);
    assertThat(d).isSortedAccordingTo((a, b) -> Integer.compare(b, a));
  }

  // Law: where nothing is clipped lambda is the paper's B / sum n^(1 - alpha).
  @Test
  void budgetsAgreeWithTheFormula() {
    long[] n = {1_000_000, 2_000_000, 4_000_000};
    double sum = 0;
    for (long rows : n) {
      sum += Math.pow((double) rows, .7);
    }
    long budget = 70_000_000;
    int[] d = new MixedDims(n, 64, .3, false).byBudget(budget);
    for (int f = 0; f < 3; f++) {
      assertThat(d[f])
          .isCloseTo((int) Math.rint(budget / sum * Math.pow((double) n[f], -.3)), within(1));
    }
  }

  @Test
  void amplebudgetsGiveFullDimensions() {
    assertThat(new MixedDims(POWERS, 16, .25, false).byBudget(10_000_000))
        .containsExactly(16, 16, 16, 16);
  }

  @Test
  void impossibleOnesAreNamed() {
    MixedDims dims = new MixedDims(POWERS, 16, .25, false);
    assertThatThrownBy(() -> dims.byBudget(69_000))
        .hasMessage(
            "the budget must be >= 69968 floats, as many as rows of one float and their"
                + " projections have, but was 69000");
    assertThatThrownBy(() -> new MixedDims(POWERS, 16, 1.5, false))
        .hasMessage("alpha must be in [0, 1] but was 1.5");
    assertThatThrownBy(() -> MixedDimTable.of(3, 3, 5, 4, SGD, 1))
        .hasMessage("width must be in 1..dim (4) but was 5");
  }

  // Theorem 2.2 of MLET on the table itself: a projection from fewer dimensions bounds the rank.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void rankIsAtMostTheWidth(int width) {
    EmbeddingTable table = MixedDimTable.of(40, 40, width, 4, SGD, 1);
    Spectrum.Gatherer rows = new Spectrum.Gatherer(4);
    float[] row = new float[4];
    for (int r = 0; r < 40; r++) {
      table.collapseRow(r, row, 0);
      rows.add(row, 0);
    }
    double[] sigma = rows.singularValues();
    for (int i = 0; i < 4; i++) {
      assertThat(sigma[i] > 1e-6 * sigma[0]).as("singular value %d", i).isEqualTo(i < width);
    }
  }

  @Test
  void fullWidthNeedsNoProjection() {
    assertThat(MixedDimTable.of(3, 3, 4, 4, SGD, 1)).isInstanceOf(PlainTable.class);
  }

  // Law: U(-a, a) with a = sqrt(6 / (in + out)) has variance a^2 / 3, the projection too.
  @Test
  void bothFactorsStartAsXaviers() {
    FactorisedTable table = (FactorisedTable) MixedDimTable.of(1000, 1000, 8, 64, SGD, 1);
    float[] factors = table.factors();
    double narrow = meanSquare(factors, 0, 8000);
    double projection = meanSquare(factors, 8000, 8000 + 512);
    assertThat(narrow).isCloseTo(2. / 1008, within(.05 * 2 / 1008));
    assertThat(projection).isCloseTo(2. / 72, within(.1 * 2 / 72));
  }

  private static double meanSquare(float[] values, int from, int to) {
    return IntStream.range(from, to).mapToDouble(i -> (double) values[i] * values[i]).sum()
        / (to - from);
  }

  // 16 rows: 16 * 4 + 4 * 8 floats against 16 * 8; 4 rows: 4 * 4 + 4 * 8 against 4 * 8
  @Test
  void theSmallerFormIsServed() {
    EmbeddingTable tall = MixedDimTable.of(16, 16, 4, 8, SGD, 1);
    assertThat(tall.servingBytes(16, RowFormat.FLOAT32)).isEqualTo(4 * (16 * 4 + 4 * 8));
    assertThat(tall.store(new int[16], RowFormat.FLOAT32)).isInstanceOf(StoredRows.Factors.class);
    // in int8 a short row takes 6 bytes and a product's 10, but the projection still takes 128
    assertThat(tall.servingBytes(32, RowFormat.INT8)).isEqualTo(32 * 10);
    assertThat(tall.servingBytes(33, RowFormat.INT8)).isEqualTo(33 * 6 + 4 * 4 * 8);
    // two floats take 4 bytes in bf16 and in int8, one float 2 in bf16 and 3 in int8
    EmbeddingTable thin = MixedDimTable.of(64, 64, 1, 8, SGD, 1);
    assertThat(thin.servingBytes(64, RowFormat.INT8)).isEqualTo(64 * 2 + 8 * 4);
    assertThat(thin.store(new int[64], RowFormat.INT8).format()).isEqualTo(RowFormat.BF16);
    EmbeddingTable flat = MixedDimTable.of(4, 4, 4, 8, SGD, 1);
    assertThat(flat.servingBytes(4, RowFormat.FLOAT32)).isEqualTo(4 * 4 * 8);
    assertThat(flat.store(new int[4], RowFormat.FLOAT32)).isInstanceOf(StoredRows.Dense.class);
  }

  @Test
  void storedFormsCheckTheirShapes() {
    assertThatThrownBy(() -> new StoredRows.Dense(new float[7], 2))
        .hasMessage("rows of 2 floats must fill the array but it has 7");
    assertThatThrownBy(
            () -> new StoredRows.Factors(new StoredRows.Dense(new float[6], 2), new float[7], 4))
        .hasMessage("factors must be n x 2 and 2 x 4 but the second had 7 floats");
  }
}
