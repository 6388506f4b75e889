package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbeddingTableTest {

  private enum Kind {
    PLAIN,
    MLET,
    MLET_LAYER,
    MIXED,
    PEP;

    EmbeddingTable make(int rows, TableOptimizer optimizer) {
      return switch (this) {
        case PLAIN -> new PlainTable(rows, 4, optimizer, RowInit.dlrm(10, 7));
        case MLET -> new MletTable(rows, 6, 4, .25, optimizer, 7);
        case MLET_LAYER ->
            MletTable.withLayer(rows, 6, 4, optimizer, RowInit.dlrm(10, 7), ADAM, .25);
        case MIXED -> MixedDimTable.of(rows, 10, 2, 4, optimizer, 7);
        case PEP -> new PepTable(rows, 4, optimizer, RowInit.dlrm(10, 7), thresholds());
      };
    }

    private static PepThresholds thresholds() {
      return new PepThresholds(
          new PepOptions(PepOptions.Granularity.FEATURE, .5, -3, .01, .01, .1), 4);
    }
  }

  private static final TableOptimizer SGD = new TableOptimizer(TableOptimizer.Rule.SGD, .1);
  private static final TableOptimizer ADAGRAD =
      new TableOptimizer(TableOptimizer.Rule.ROWWISE_ADAGRAD, .1);
  private static final TableOptimizer ADAM = new TableOptimizer(TableOptimizer.Rule.ADAM, .001);

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

  private static float[] row(EmbeddingTable table, int row) {
    float[] out = new float[4];
    table.collapseRow(row, out, 0);
    return out;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aBagIsTheSumOfItsCollapsedRows(Kind kind) {
    EmbeddingTable table = kind.make(5, SGD);
    float[] out = new float[2 * 6];
    table.forward(bags(new int[] {1, 3}, new int[] {}), out, 6, 1);
    for (int j = 0; j < 4; j++) {
      assertThat(out[1 + j]).isCloseTo(row(table, 1)[j] + row(table, 3)[j], within(1e-6f));
      assertThat(out[6 + 1 + j]).isZero();
    }
    assertThat(out[0]).isZero();
    assertThat(out[5]).isZero();
  }

  @Test
  void rowsToBeMultipliedStartBetweenTheRootOfOneNthAndOne() {
    float[] w = new float[3000];
    RowInit.product(100, 7).fill(w, 0, w.length, 1);
    double sum = 0;
    for (float x : w) {
      assertThat(x).isBetween(.1f, 1f);
      sum += x;
    }
    assertThat(sum / w.length).isCloseTo(.55, within(.02));
  }

  @Test
  void sgdSumsTheGradientsOfARow() {
    EmbeddingTable table = Kind.PLAIN.make(3, SGD);
    float[] before = row(table, 2);
    RowBags bags = bags(new int[] {2}, new int[] {2, 0});
    float[] out = new float[8];
    table.forward(bags, out, 4, 0);
    table.backward(bags, new float[] {1, 0, 0, 0, 2, 0, 0, 0}, 4, 0);
    assertThat(row(table, 2)[0]).isCloseTo(before[0] - .3f, within(1e-6f));
  }

  // acc = mean(g^2) of the summed gradient (3,4,0,0): 25/4; step = .1 g / sqrt(6.25) = .04 g
  @Test
  void rowWiseAdagradHasOneAccumulatorARow() {
    EmbeddingTable table = Kind.PLAIN.make(3, ADAGRAD);
    float[] before = row(table, 1);
    RowBags bags = bags(new int[] {1}, new int[] {1});
    table.forward(bags, new float[8], 4, 0);
    table.backward(bags, new float[] {1, 4, 0, 0, 2, 0, 0, 0}, 4, 0);
    assertThat(row(table, 1)[0]).isCloseTo(before[0] - .12f, within(1e-6f));
    assertThat(row(table, 1)[1]).isCloseTo(before[1] - .16f, within(1e-6f));
    assertThat(row(table, 1)[2]).isEqualTo(before[2]);
  }

  // W1' W2' after one SGD step, computed from the definition: dW1 = G W2^T, dW2 = W1^T G
  @Test
  void mletStepsBothFactors() {
    MletTable table = new MletTable(2, 4, 4, .5, SGD, 3);
    float[] w0 = row(table, 0);
    RowBags bags = bags(new int[] {0});
    float[] out = new float[4];
    table.forward(bags, out, 4, 0);
    assertThat(out).containsExactly(w0);
    float[] g = {1, -1, .5f, 0};
    table.backward(bags, g, 4, 0);
    double before = 0;
    double after = 0;
    float[] w1 = row(table, 0);
    for (int j = 0; j < 4; j++) {
      before += g[j] * w0[j];
      after += g[j] * w1[j];
    }
    assertThat(after).as("a step against the gradient").isLessThan(before);
  }

  @Test
  void mletNeedsKOfAtLeastDim() {
    assertThatThrownBy(() -> new MletTable(2, 3, 4, .25, SGD, 1))
        .hasMessage("k must be >= dim (4), else the table's rank is at most k, but was 3");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void restoredStateStepsAsTheOriginal(Kind kind) throws IOException {
    EmbeddingTable table = kind.make(0, ADAGRAD);
    table.grow(1, 42);
    table.grow(2, 43);
    RowBags bags = bags(new int[] {0, 1});
    float[] g = {.5f, .25f, -1, 2};
    table.forward(bags, new float[4], 4, 0);
    table.backward(bags, g, 4, 0);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    table.writeState(new DataOutputStream(bytes));
    EmbeddingTable copy = kind.make(0, ADAGRAD);
    copy.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    for (EmbeddingTable t : new EmbeddingTable[] {table, copy}) {
      t.forward(bags, new float[4], 4, 0);
      t.backward(bags, g, 4, 0);
      t.grow(3, 44);
    }
    assertThat(copy.rows()).isEqualTo(3);
    for (int r = 0; r < 3; r++) {
      assertThat(row(copy, r)).containsExactly(row(table, r));
    }
  }

  // what a server holds are the rows that training computes, in the order asked for
  @ParameterizedTest
  @EnumSource(Kind.class)
  void storedRowsAreTheTablesRows(Kind kind) {
    EmbeddingTable table = kind.make(5, ADAGRAD);
    StoredRows stored = table.store(new int[] {3, 0, 3}, RowFormat.FLOAT32);
    assertThat(stored.count()).isEqualTo(3);
    assertThat(stored.length()).isEqualTo(4);
    float[] out = new float[6];
    stored.add(0, out, 1);
    stored.add(1, out, 1);
    for (int j = 0; j < 4; j++) {
      assertThat(out[1 + j]).isCloseTo(row(table, 3)[j] + row(table, 0)[j], within(1e-6f));
    }
    for (RowFormat format : RowFormat.values()) {
      assertThat(table.store(new int[] {0, 1, 2, 3, 4}, format).bytes())
          .isEqualTo(table.servingBytes(5, format));
    }
  }

  // a row whose ids all come from one old row is that row, in the product too
  @ParameterizedTest
  @EnumSource(Kind.class)
  void movedRowsKeepTheirVectors(Kind kind) {
    EmbeddingTable table = kind.make(5, ADAGRAD);
    float[] four = row(table, 4);
    float[] zero = row(table, 0);
    table.remap(RowRemap.of(3, new int[] {4, 4, 0}, new int[] {1, 1, 2}, new double[] {2, 3, 2}));
    assertThat(table.rows()).isEqualTo(3);
    assertThat(row(table, 1)).containsExactly(four);
    assertThat(row(table, 2)).containsExactly(zero);
  }

  // optimiser state and thresholds move with their rows: renumbered rows step as before
  @ParameterizedTest
  @EnumSource(Kind.class)
  void renumberedRowsStepAsBefore(Kind kind) {
    for (TableOptimizer.Rule rule : TableOptimizer.Rule.values()) {
      EmbeddingTable table = kind.make(5, new TableOptimizer(rule, .1));
      EmbeddingTable moved = kind.make(5, new TableOptimizer(rule, .1));
      float[] g = {.5f, .25f, -1, 2, 1, -.5f, .1f, .3f};
      for (EmbeddingTable t : List.of(table, moved)) {
        t.forward(bags(new int[] {0, 1}, new int[] {4}), new float[8], 4, 0);
        t.backward(bags(new int[] {0, 1}, new int[] {4}), g, 4, 0);
      }
      moved.remap(
          RowRemap.of(
              5,
              new int[] {0, 1, 2, 3, 4},
              new int[] {2, 3, 4, 0, 1},
              new double[] {1, 2, 3, 4, 5}));
      table.forward(bags(new int[] {4, 1}, new int[] {0}), new float[8], 4, 0);
      table.backward(bags(new int[] {4, 1}, new int[] {0}), g, 4, 0);
      moved.forward(bags(new int[] {1, 3}, new int[] {2}), new float[8], 4, 0);
      moved.backward(bags(new int[] {1, 3}, new int[] {2}), g, 4, 0);
      for (int r = 0; r < 5; r++) {
        assertThat(row(moved, (r + 2) % 5))
            .as("%s, row %d", rule, r)
            .containsExactly(row(table, r));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void keptRowsMoveDown(Kind kind) {
    EmbeddingTable table = kind.make(5, ADAGRAD);
    float[] three = row(table, 3);
    table.keep(new int[] {1, 3}, 2);
    assertThat(table.rows()).isEqualTo(2);
    assertThat(row(table, 1)).containsExactly(three);
  }

  @Test
  void rowsOfEqualKeysStartEqualInAnyOrder() {
    EmbeddingTable a = Kind.PLAIN.make(0, SGD);
    EmbeddingTable b = Kind.PLAIN.make(0, SGD);
    a.grow(1, 77);
    a.grow(2, 78);
    b.grow(1, 78);
    b.grow(2, 77);
    assertThat(row(a, 0)).containsExactly(row(b, 1));
    assertThat(row(a, 1)).containsExactly(row(b, 0));
  }
}
