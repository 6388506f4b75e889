package io.millrace.dense.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.FactorisedTable;
import io.millrace.table.MixedDimTable;
import io.millrace.table.MletTable;
import io.millrace.table.PlainTable;
import io.millrace.table.RowBags;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tables against libtorch: its autograd differentiates the bags' vectors, written as a product with
 * the matrix of bags, and its operations apply the formulas of PyTorch's optimisers (Adam: of
 * SparseAdam; row-wise Adagrad: of DLRM's RWSAdagrad).
 */
class TableAgainstTorchTest {

  private static final int ROWS = 23;
  private static final int WIDE = 11;
  private static final int NARROW = 3;
  private static final int DIM = 7;
  private static final int BATCH = 16;
  private static final double LR = .01;

  // Law: after five batches of bags, empty ones and repeated rows among them, the weights agree to
  // the rounding of single precision.
  @ParameterizedTest
  @EnumSource(TableOptimizer.Rule.class)
  void plainTableAgrees(TableOptimizer.Rule rule) {
    PlainTable table =
        new PlainTable(ROWS, DIM, new TableOptimizer(rule, LR), RowInit.dlrm(ROWS, 3));
    try (NDManager manager = torch()) {
      Parameter w = new Parameter(manager.create(rows(table), new Shape(ROWS, DIM)));
      run(manager, table, rule, w);
      assertThat(rows(table)).containsExactly(w.value.toFloatArray(), within(2e-6f));
    }
  }

  // Law: the same for both factors, differentiated through their product.
  @ParameterizedTest
  @EnumSource(TableOptimizer.Rule.class)
  void bothFactorsAgree(TableOptimizer.Rule rule) {
    TableOptimizer optimizer = new TableOptimizer(rule, LR);
    factorsAgree(rule, new MletTable(ROWS, WIDE, DIM, .25, optimizer, 3), WIDE);
    EmbeddingTable mixed = MixedDimTable.of(ROWS, ROWS, NARROW, DIM, optimizer, 3);
    factorsAgree(rule, (FactorisedTable) mixed, NARROW);
  }

  private static void factorsAgree(TableOptimizer.Rule rule, FactorisedTable table, int k) {
    try (NDManager manager = torch()) {
      NDArray factors = manager.create(table.factors());
      Parameter w1 = new Parameter(factors.get("0:" + ROWS * k).reshape(ROWS, k).duplicate());
      Parameter w2 = new Parameter(factors.get(ROWS * k + ":").reshape(k, DIM).duplicate());
      run(manager, table, rule, w1, w2);
      float[] after = w1.value.flatten().concat(w2.value.flatten()).toFloatArray();
      assertThat(table.factors()).containsExactly(after, within(4e-6f));
    }
  }

  private static NDManager torch() {
    new DjlEngine(DjlEngine.Target.CPU);
    return NDManager.newBaseManager("PyTorch");
  }

  private static float[] rows(EmbeddingTable table) {
    float[] rows = new float[ROWS * DIM];
    for (int r = 0; r < ROWS; r++) {
      table.collapseRow(r, rows, r * DIM);
    }
    return rows;
  }

  private static void run(
      NDManager manager, EmbeddingTable table, TableOptimizer.Rule rule, Parameter... parameters) {
    SplittableRandom random = Seeds.generator(5, "torch-bags", 0);
    for (int t = 1; t <= 5; t++) {
      RowBags bags = new RowBags();
      float[] counts = new float[BATCH * ROWS];
      for (int b = 0; b < BATCH; b++) {
        for (int i = random.nextInt(4); i > 0; i--) {
          int row = random.nextInt(ROWS);
          bags.add(row);
          counts[b * ROWS + row]++;
        }
        bags.endExample();
      }
      float[] gradient = new float[BATCH * DIM];
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = (float) Gaussian.next(random);
      }
      table.forward(bags, new float[BATCH * DIM], DIM, 0);
      table.backward(bags, gradient, DIM, 0);
      NDArray bagMatrix = manager.create(counts, new Shape(BATCH, ROWS));
      NDArray dLoss = manager.create(gradient, new Shape(BATCH, DIM));
      NDArray touched = bagMatrix.sum(new int[] {0}).gt(0).toType(bagMatrix.getDataType(), false);
      differentiate(bagMatrix, dLoss, parameters);
      parameters[0].step(rule, t, touched.reshape(ROWS, 1));
      if (parameters.length == 2) {
        parameters[1].step(
            rule, t, manager.ones(new Shape(parameters[1].value.getShape().get(0), 1)));
      }
    }
  }

  private static void differentiate(NDArray bagMatrix, NDArray dLoss, Parameter... parameters) {
    for (Parameter parameter : parameters) {
      parameter.value.setRequiresGradient(true);
    }
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      NDArray vectors = bagMatrix;
      for (Parameter parameter : parameters) {
        vectors = vectors.matMul(parameter.value);
      }
      collector.backward(vectors.mul(dLoss).sum());
    }
  }

  /** A matrix with its optimiser's state. */
  private static final class Parameter {
    private final NDArray first;
    private final NDArray second;
    private NDArray value;

    Parameter(NDArray value) {
      this.value = value;
      this.first = value.zerosLike();
      this.second = value.zerosLike();
    }

    void step(TableOptimizer.Rule rule, int t, NDArray touched) {
      NDArray g = value.getGradient().duplicate();
      NDArray w = value.duplicate();
      switch (rule) {
        case SGD -> w.subi(g.mul(LR));
        case ROWWISE_ADAGRAD -> {
          second.addi(g.square().mean(new int[] {1}, true).broadcast(second.getShape()));
          w.subi(g.mul(LR).div(second.sqrt().add(1e-10)));
        }
        case ADAGRAD -> {
          second.addi(g.square());
          w.subi(g.mul(LR).div(second.sqrt().add(1e-10)));
        }
        case ADAM -> {
          first.subi(first.sub(g).mul(1 - .9).mul(touched));
          second.subi(second.sub(g.square()).mul(1 - .999).mul(touched));
          NDArray deviation = second.div(1 - Math.pow(.999, t)).sqrt().add(1e-8);
          w.subi(first.div(1 - Math.pow(.9, t)).div(deviation).mul(LR).mul(touched));
        }
      }
      value = w;
    }
  }
}
