package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A factorised table whose shared factor learns as a layer. */
class MletLayerTest {

  private static final int ROWS = 5;
  private static final int DIM = 3;
  private static final float RATE = .01f;
  private static final RowInit INIT = RowInit.dlrm(ROWS, 11);
  private static final TableOptimizer ADAM = new TableOptimizer(TableOptimizer.Rule.ADAM, RATE);

  private static MletTable table(int k, TableOptimizer rows, TableOptimizer layer) {
    return MletTable.withLayer(ROWS, k, DIM, rows, INIT, layer, .1);
  }

  private static float[] rows(EmbeddingTable table) {
    float[] rows = new float[ROWS * DIM];
    for (int r = 0; r < ROWS; r++) {
      table.collapseRow(r, rows, r * DIM);
    }
    return rows;
  }

  /** A step of rows 0 and 2 with these gradients. */
  private static void step(EmbeddingTable table, float... gradients) {
    RowBags bags = new RowBags();
    bags.add(0);
    bags.endExample();
    bags.add(2);
    bags.endExample();
    table.forward(bags, new float[2 * DIM], DIM, 0);
    table.backward(bags, gradients, DIM, 0);
  }

  // Law: the table starts as a plain one. With a layer that stands still, it also learns as a plain
  // one, under every rule of the rows.
  @ParameterizedTest
  @EnumSource(TableOptimizer.Rule.class)
  void withoutStepsOfTheLayerItIsAPlainTable(TableOptimizer.Rule rule) {
    TableOptimizer rows = new TableOptimizer(rule, .1);
    TableOptimizer still = new TableOptimizer(TableOptimizer.Rule.SGD, 1e-30);
    MletTable table = table(DIM, rows, still);
    PlainTable plain = new PlainTable(ROWS, DIM, rows, INIT);
    assertThat(rows(table)).containsExactly(rows(plain));
    for (int t = 1; t <= 4; t++) {
      step(table, .5f, -t, 0, 1, .25f, t);
      step(plain, .5f, -t, 0, 1, .25f, t);
    }
    assertThat(rows(table)).containsExactly(rows(plain), within(1e-6f));
  }

  // Law: the first step of Adam moves each entry of the shared factor that has a gradient by its
  // rate, whatever the scale of the gradients, and so a row that the batch does not use by at most
  // the rate times the sum of the absolute values of its short row.
  @ParameterizedTest
  @ValueSource(floats = {1e-3f, 1, 1e3f})
  void aStepMovesTheSharedFactorByItsRate(float scale) {
    TableOptimizer sgd = new TableOptimizer(TableOptimizer.Rule.SGD, 1e-30);
    MletTable table = table(DIM + 2, sgd, ADAM);
    int w2 = ROWS * (DIM + 2);
    float[] before = table.factors();
    float[] row = new float[DIM];
    table.collapseRow(4, row, 0);
    step(table, scale, -scale, 0, scale, -scale, 0);
    float[] after = table.factors();
    for (int i = w2; i < after.length; i++) {
      float expected = (i - w2) % DIM == 2 ? 0 : RATE;
      assertThat(Math.abs(after[i] - before[i]))
          .as("entry %d", i)
          .isCloseTo(expected, within(1e-3f * RATE));
    }
    float bound = 0;
    for (int i = 0; i < DIM + 2; i++) {
      bound += RATE * Math.abs(before[4 * (DIM + 2) + i]);
    }
    float[] moved = new float[DIM];
    table.collapseRow(4, moved, 0);
    assertThat(moved).isNotEqualTo(row).containsExactly(row, within(bound));
  }

  // Law: growing rows leaves the shared factor alone; a new row starts as that of a plain table
  // times the factor.
  @Test
  void newRowsStartAsThoseOfAPlainTable() {
    MletTable table = table(DIM, ADAM, ADAM);
    table.grow(ROWS + 1, 77);
    PlainTable plain = new PlainTable(ROWS, DIM, ADAM, INIT);
    plain.grow(ROWS + 1, 77);
    float[] row = new float[DIM];
    float[] expected = new float[DIM];
    table.collapseRow(ROWS, row, 0);
    plain.collapseRow(ROWS, expected, 0);
    assertThat(row).containsExactly(expected);
  }
}
