package io.millrace.dlrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dense.DenseEngines;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.SchemaChange;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import io.millrace.hash.ModuloHash;
import io.millrace.random.Seeds;
import io.millrace.table.IdIndex;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What new weights learn, and what models cannot be moved into. */
class TransplantTest {

  private static final int DIM = 4;
  private static final float STEP = .002f;
  private static final float RATE = .125f;

  private static Schema schema(int dense, String... fields) {
    return new Schema(
        IntStream.range(0, dense)
            .mapToObj(d -> DenseColumn.of("d" + d, new Transform.Identity()))
            .toList(),
        List.of(fields).stream().map(name -> CategoricalField.of(name, 30)).toList(),
        LabelColumn.of("label"),
        new TimeColumn.MadeUp(1000, 0));
  }

  /** A model that learns by SGD: a weight that was 0 is minus rate times gradient after a step. */
  private static ClickModel model(Schema schema) {
    DenseOptimizer sgd = DenseOptimizer.of(DenseOptimizer.Rule.SGD, RATE);
    List<FieldTable> fields = new ArrayList<>();
    for (int f = 0; f < schema.fields().size(); f++) {
      long seed = schema.fields().get(f).name().hashCode();
      TableOptimizer rows = new TableOptimizer(TableOptimizer.Rule.SGD, RATE);
      boolean hashed = schema.fields().get(f).name().startsWith("h");
      PlainTable table = new PlainTable(hashed ? 7 : 0, DIM, rows, RowInit.dlrm(4, seed));
      fields.add(
          hashed
              ? FieldTable.hashed(f, table, new ModuloHash(7, 9))
              : FieldTable.indexed(f, table, new IdIndex(100)));
    }
    int dense = schema.dense().size();
    MlpSpec bottom = new MlpSpec(List.of(Math.max(1, dense), 5, DIM), false);
    MlpSpec top = new MlpSpec(List.of(Dlrm.topInputs(fields.size(), DIM), 6, 1), false);
    DenseNet bottomNet = DenseEngines.of("plain").create(bottom, sgd, 1);
    DenseNet topNet = DenseEngines.of("plain").create(top, sgd, 2);
    return new ClickModel(new Dlrm(dense, DIM, bottomNet, topNet, fields), null);
  }

  private static List<ClickEvent> events(Schema schema, int n) {
    SplittableRandom random = Seeds.generator(4, "transplant-test", schema.fields().size());
    List<ClickEvent> events = new ArrayList<>();
    int[] offsets = IntStream.rangeClosed(0, schema.fields().size()).toArray();
    for (int i = 0; i < n; i++) {
      float[] dense = new float[schema.dense().size()];
      for (int d = 0; d < dense.length; d++) {
        dense[d] = (float) random.nextDouble();
      }
      long[] ids = random.longs(schema.fields().size(), 0, 30).toArray();
      events.add(new ClickEvent(i, random.nextInt(2), dense, ids, offsets));
    }
    return events;
  }

  private static ClickModel trained(Schema schema) {
    ClickModel model = model(schema);
    float[] p = new float[32];
    List<ClickEvent> events = events(schema, 320);
    for (int from = 0; from < events.size(); from += 32) {
      List<ClickEvent> batch = events.subList(from, from + 32);
      model.predict(batch, p);
      model.learn(batch, p);
    }
    return model;
  }

  // Law: the gradients of the weights of a new dense column, and of the products with a new field,
  // are the slopes of the loss, and not 0.
  @Test
  void newWeightsHaveGradients() {
    Schema former = schema(2, "h", "own");
    Schema now = schema(3, "new", "h", "own");
    SchemaChange change = SchemaChange.between(former, now);
    List<ClickEvent> batch = events(now, 64);
    try (ClickModel old = trained(former);
        ClickModel model = model(now)) {
      Transplant.move(old, model, change);
      DenseNet bottom = model.network().orElseThrow().bottom();
      DenseNet top = model.network().orElseThrow().top();
      Map<Integer, double[]> slopes = new LinkedHashMap<>();
      for (int product : new int[] {DIM, DIM + 2, DIM + 4}) { // (1, 0), (2, 1), (3, 1)
        slopes.put(product, slopes(model, batch, top, product));
      }
      double[] ofDense = slopes(model, batch, bottom, 2);
      float[] p = new float[batch.size()];
      model.predict(batch, p);
      model.learn(batch, p);
      assertSlopes(bottom, 2, ofDense);
      slopes.forEach((product, ofProduct) -> assertSlopes(top, product, ofProduct));
    }
  }

  private static void assertSlopes(DenseNet net, int input, double[] slopes) {
    double largest = 0;
    for (int o = 0; o < slopes.length; o++) {
      double gradient = -net.parameters()[0][o * net.spec().inputs() + input] / RATE;
      assertThat(gradient).as("input %d", input).isCloseTo(slopes[o], within(1e-4));
      largest = Math.max(largest, Math.abs(gradient));
    }
    assertThat(largest).as("input %d", input).isGreaterThan(1e-3);
  }

  /** Central differences of the mean loss by the weights of an input. */
  private static double[] slopes(
      ClickModel model, List<ClickEvent> batch, DenseNet net, int input) {
    int in = net.spec().inputs();
    double[] slopes = new double[net.spec().sizes().get(1)];
    for (int o = 0; o < slopes.length; o++) {
      assertThat(net.parameters()[0][o * in + input]).as("a new weight").isZero();
      double above = loss(model, batch, net, o * in + input, STEP);
      double below = loss(model, batch, net, o * in + input, -STEP);
      slopes[o] = (above - below) / (2 * STEP);
    }
    return slopes;
  }

  private static double loss(
      ClickModel model, List<ClickEvent> batch, DenseNet net, int at, float w) {
    float[][] parameters = net.parameters();
    parameters[0][at] = w;
    net.setParameters(parameters);
    model.predict(batch, new float[batch.size()]);
    double loss = model.loss(batch) / batch.size();
    parameters[0][at] = 0;
    net.setParameters(parameters);
    return loss;
  }

  @Test
  void aNetworkKeepsADenseColumnOrHasNone() {
    SchemaChange none = SchemaChange.between(schema(2, "h"), schema(0, "h"));
    SchemaChange first = SchemaChange.between(schema(0, "h"), schema(1, "h"));
    assertThat(Transplant.obstacle(none))
        .hasValue(
            "schema.dense must keep one of [d0, d1], as a network without dense columns learns with"
                + " a constant in their place");
    assertThat(Transplant.obstacle(first))
        .hasValue(
            "schema.dense must stay empty but was [d0], as a network without dense columns learns"
                + " with a constant in their place");
    assertThat(Transplant.obstacle(SchemaChange.between(schema(0, "h"), schema(0, "new"))))
        .isEmpty();
    assertThat(Transplant.obstacle(SchemaChange.between(schema(2, "h"), schema(1, "h")))).isEmpty();
    try (ClickModel old = model(schema(2, "h"));
        ClickModel model = model(schema(0, "h"))) {
      assertThatThrownBy(() -> Transplant.move(old, model, none))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("schema.dense must keep one of [d0, d1]");
    }
  }
}
