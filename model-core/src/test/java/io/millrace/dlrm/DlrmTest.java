package io.millrace.dlrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import io.millrace.dense.PlainEngine;
import io.millrace.event.ClickEvent;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.random.Seeds;
import io.millrace.table.Combine;
import io.millrace.table.CombinedTable;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.IdIndex;
import io.millrace.table.MletTable;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DlrmTest {

  private static final int DIM = 4;
  private static final float RATE = 1e-3f;

  /** Ways in which ids of the first field become vectors. */
  private enum Hashed {
    PLAIN(new ModuloHash(7, 9)),
    MLET(new ModuloHash(7, 9)),
    SUM(new MultiHash(2, 4, 9)),
    SUM_OF_MLET(new MultiHash(3, 3, 9)),
    MULT(new QuotientRemainderHash(20, 5, 9)),
    CONCAT(new MultiHash(2, 5, 9));

    final IdHash hash;

    Hashed(IdHash hash) {
      this.hash = hash;
    }

    EmbeddingTable table(TableOptimizer rows) {
      return switch (this) {
        case PLAIN, SUM -> new PlainTable(hash.rows(), DIM, rows, RowInit.dlrm(4, 3));
        case MLET, SUM_OF_MLET -> new MletTable(hash.rows(), 5, DIM, .5, rows, 3);
        case MULT ->
            new CombinedTable(
                new PlainTable(hash.rows(), DIM, rows, RowInit.product(20, 3)), Combine.MULT, 2);
        case CONCAT ->
            new CombinedTable(
                new PlainTable(hash.rows(), DIM / 2, rows, RowInit.dlrm(4, 3)), Combine.CONCAT, 2);
      };
    }
  }

  /** Learning with plain SGD at a tiny rate moves each parameter by -rate times its gradient. */
  private static ClickModel model(double rate, Hashed kind, int rowsBound) {
    DenseEngine engine = new PlainEngine();
    DenseOptimizer sgd = DenseOptimizer.of(DenseOptimizer.Rule.SGD, rate);
    TableOptimizer rows = new TableOptimizer(TableOptimizer.Rule.SGD, rate);
    DenseNet bottom = engine.create(new MlpSpec(List.of(3, 5, DIM), true), sgd, 1);
    DenseNet top = engine.create(new MlpSpec(List.of(Dlrm.topInputs(2, DIM), 6, 1), false), sgd, 2);
    EmbeddingTable indexed = new PlainTable(0, DIM, rows, RowInit.dlrm(4, 5));
    return new ClickModel(
        new Dlrm(
            3,
            DIM,
            bottom,
            top,
            List.of(
                FieldTable.hashed(0, kind.table(rows), kind.hash),
                FieldTable.indexed(1, indexed, new IdIndex(rowsBound)))),
        null);
  }

  private static List<ClickEvent> events(int n, long seed) {
    SplittableRandom random = Seeds.generator(seed, "dlrm-test", 0);
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      float[] dense = {
        (float) random.nextDouble(), (float) random.nextDouble(), (float) random.nextDouble()
      };
      long[] ids = {random.nextInt(30), random.nextInt(30), 100 + random.nextInt(12)};
      events.add(new ClickEvent(i, random.nextInt(2), dense, ids, new int[] {0, 2, 3}));
    }
    return events;
  }

  private static double loss(ClickModel model, List<ClickEvent> batch) {
    float[] p = new float[batch.size()];
    model.predict(batch, p);
    double sum = 0;
    for (int b = 0; b < p.length; b++) {
      sum -= batch.get(b).label() == 1 ? Math.log(p[b]) : Math.log1p(-p[b]);
    }
    return sum / p.length;
  }

  // d loss / d rate along the gradient direction is -|g|^2: the step's whole effect, every part of
  // the model included, against the squared length of the parameters' move.
  @Test
  void theLossFallsByTheSquaredGradient() throws IOException {
    for (Hashed kind : Hashed.values()) {
      ClickModel model = model(RATE, kind, 100);
      List<ClickEvent> batch = events(16, 4);
      double before = loss(model, batch);
      float[] start = parameters(model);
      float[] p = new float[batch.size()];
      model.predict(batch, p);
      model.learn(batch, p);
      float[] end = parameters(model);
      double squares = 0;
      for (int i = 0; i < start.length; i++) {
        double g = (start[i] - end[i]) / RATE;
        squares += g * g;
      }
      double fall = (before - loss(model, batch)) / RATE;
      assertThat(fall / squares).as("%s", kind).isCloseTo(1, within(.02));
    }
  }

  /** Every float of the state after fixed-size headers, read back as floats where possible. */
  private static float[] parameters(ClickModel model) {
    List<Float> all = new ArrayList<>();
    for (DenseNet net :
        List.of(model.network().orElseThrow().bottom(), model.network().orElseThrow().top())) {
      for (float[] tensor : net.parameters()) {
        for (float w : tensor) {
          all.add(w);
        }
      }
    }
    for (FieldTable field : model.fields()) {
      if (field.table() instanceof MletTable table) {
        for (float w : table.factors()) {
          all.add(w);
        }
      } else {
        float[] row = new float[field.table().rowLength()];
        for (int r = 0; r < field.table().rows(); r++) {
          field.table().collapseRow(r, row, 0);
          for (float w : row) {
            all.add(w);
          }
        }
      }
    }
    float[] flat = new float[all.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = all.get(i);
    }
    return flat;
  }

  // central differences of the loss by single dense inputs of the interaction's vectors
  @Test
  void interactionGradientEqualsFiniteDifferences() {
    int vectors = 5;
    int dim = 3;
    Interaction interaction = new Interaction(vectors, dim);
    SplittableRandom random = Seeds.generator(8, "interaction-test", 0);
    float[] v = new float[2 * vectors * dim];
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) random.nextDouble() - .5f;
    }
    float[] dout = new float[2 * interaction.outputs()];
    for (int i = 0; i < dout.length; i++) {
      dout[i] = (float) random.nextDouble() - .5f;
    }
    float[] dv = new float[v.length];
    interaction.backward(v, dout, 2, dv);
    for (int i = 0; i < v.length; i++) {
      double slope =
          (weighted(interaction, v, dout, i, .01f) - weighted(interaction, v, dout, i, -.01f))
              / .02;
      assertThat(dv[i]).isCloseTo((float) slope, within(1e-3f));
    }
  }

  private static double weighted(Interaction interaction, float[] v, float[] w, int at, float by) {
    float[] moved = v.clone();
    moved[at] += by;
    float[] out = new float[w.length];
    interaction.forward(moved, 2, out);
    double sum = 0;
    for (int i = 0; i < out.length; i++) {
      sum += (double) out[i] * w[i];
    }
    return sum;
  }

  @Test
  void interactionListsTheLowerTriangleRowByRow() {
    Interaction interaction = new Interaction(3, 2);
    float[] out = new float[interaction.outputs()];
    interaction.forward(new float[] {1, 2, 3, 4, 5, 6}, 1, out);
    assertThat(out).containsExactly(1, 2, 11, 17, 39);
  }

  @Test
  void itLearnsAndItsScoresLeaveNoTrace() throws IOException {
    ClickModel model = model(.5, Hashed.PLAIN, 100);
    List<ClickEvent> batch = events(32, 5);
    double first = loss(model, batch);
    float[] p = new float[32];
    for (int step = 0; step < 300; step++) {
      model.predict(batch, p);
      model.learn(batch, p);
    }
    assertThat(loss(model, batch)).isLessThan(first / 2);
    byte[] before = state(model);
    model.score(events(32, 6), p);
    assertThat(state(model)).isEqualTo(before);
  }

  @Test
  void restoredModelStepsAsTheOriginal() throws IOException {
    for (Hashed kind : Hashed.values()) {
      ClickModel model = model(.1, kind, 100);
      float[] p = new float[32];
      model.predict(events(32, 5), p);
      model.learn(events(32, 5), p);
      ClickModel copy = model(.1, kind, 100);
      copy.readState(new DataInputStream(new ByteArrayInputStream(state(model))));
      for (ClickModel m : List.of(model, copy)) {
        m.predict(events(32, 7), p);
        m.learn(events(32, 7), p);
      }
      assertThat(state(copy)).as("%s", kind).isEqualTo(state(model));
    }
  }

  @Test
  void idsBeyondTheBoundAreEvictedBetweenBatches() {
    ClickModel model = model(.1, Hashed.PLAIN, 20);
    float[] p = new float[8];
    for (int step = 0; step < 50; step++) {
      List<ClickEvent> batch = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        long[] ids = {1, 1000 + step * 8L + i};
        batch.add(new ClickEvent(i, i % 2, new float[3], ids, new int[] {0, 1, 2}));
      }
      model.predict(batch, p);
      model.learn(batch, p);
      assertThat(model.fields().get(1).index().size()).isLessThanOrEqualTo(20);
      assertThat(model.fields().get(1).table().rows())
          .isEqualTo(model.fields().get(1).index().size());
    }
  }

  private static byte[] state(ClickModel model) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    model.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }
}
