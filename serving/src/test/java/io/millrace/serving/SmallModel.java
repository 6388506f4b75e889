package io.millrace.serving;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import io.millrace.dense.PlainEngine;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import io.millrace.hash.IdHash;
import io.millrace.hash.MappedHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.RowRange;
import io.millrace.hash.StaticMap;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.IdIndex;
import io.millrace.table.MletTable;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A trained model of three fields, one of each kind: own rows, modulo, learned map with MLET. */
public final class SmallModel {

  static final int DIM = 4;

  static final TableOptimizer TABLE = new TableOptimizer(TableOptimizer.Rule.ROWWISE_ADAGRAD, .1);
  static final RowInit INIT = RowInit.dlrm(4, 7);

  private static final DenseOptimizer DENSE = DenseOptimizer.of(DenseOptimizer.Rule.ADAM, .01);

  public static final Schema SCHEMA =
      new Schema(
          List.of(
              DenseColumn.of("x", new Transform.Identity()),
              DenseColumn.of("y", new Transform.Log1p(.5))),
          List.of(
              new CategoricalField("site", "site", "", 50),
              new CategoricalField("user", "user", "", 1000),
              new CategoricalField("tags", "tags", "|", 300)),
          LabelColumn.of("click"),
          new TimeColumn.Epoch("time", TimeColumn.Unit.MS));

  private SmallModel() {}

  /** The model after some steps on events of {@link #events}. */
  public static ClickModel train(int steps) {
    return train(steps, new PlainTable(37, DIM, TABLE, INIT), new ModuloHash(37, 5));
  }

  /** The same with another table and hash for the users. */
  static ClickModel train(int steps, EmbeddingTable users, IdHash hash) {
    long[] known = new long[100];
    int[] rows = new int[100];
    for (int i = 0; i < known.length; i++) {
      known[i] = i;
      rows[i] = i % 20;
    }
    StaticMap map = StaticMap.build(known, rows, 20, 8, 1);
    List<FieldTable> fields =
        List.of(
            FieldTable.indexed(0, new PlainTable(0, DIM, TABLE, INIT), new IdIndex(1000)),
            FieldTable.hashed(1, users, hash),
            FieldTable.hashed(
                2,
                new MletTable(24, 8, DIM, .25, TABLE, 9),
                new MappedHash(24, new RowRange(20, 4), 3, map)));
    PlainEngine engine = new PlainEngine();
    Dlrm network =
        new Dlrm(
            2,
            DIM,
            engine.create(new MlpSpec(List.of(2, 8, DIM), true), DENSE, 1),
            engine.create(new MlpSpec(List.of(Dlrm.topInputs(3, DIM), 16, 1), false), DENSE, 2),
            fields);
    ClickModel model = new ClickModel(network, null);
    SplittableRandom random = new SplittableRandom(4);
    float[] p = new float[32];
    for (int s = 0; s < steps; s++) {
      List<ClickEvent> batch = events(random, 32);
      model.predict(batch, p);
      model.learn(batch, p);
    }
    return model;
  }

  public static List<ClickEvent> events(SplittableRandom random, int n) {
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int tags = random.nextInt(1, 4);
      long[] ids = new long[2 + tags];
      ids[0] = random.nextInt(-30, 30);
      ids[1] = random.nextLong();
      for (int t = 0; t < tags; t++) {
        ids[2 + t] = random.nextInt(150);
      }
      float[] dense = {(float) random.nextDouble(), (float) random.nextDouble()};
      float label = ids[0] > 0 == random.nextInt(10) > 0 ? 1 : 0;
      events.add(new ClickEvent(i, label, dense, ids, new int[] {0, 1, 2, ids.length}));
    }
    return events;
  }

  /** Publishes a model after some steps as a version of an arm. */
  public static void publish(Path arm, long version, int steps) throws IOException {
    publish(arm, "learned", version, steps);
  }

  /** The same with the arm's name. */
  public static void publish(Path folder, String arm, long version, int steps) throws IOException {
    try (ClickModel model = train(steps)) {
      ModelFolder.publish(folder, PublishedModel.copyOf(SCHEMA, model), origin(arm, version), 3);
    }
  }

  /** Publishes a model whose sums overflow to infinities of both signs for a large {@code x}. */
  public static void publishOverflowing(Path arm, long version) throws IOException {
    try (ClickModel model = train(3)) {
      PublishedModel published = PublishedModel.copyOf(SCHEMA, model);
      PublishedNetwork network = published.network().orElseThrow();
      Arrays.fill(network.bottomParameters()[0], 1);
      Arrays.fill(network.bottomParameters()[2], 1);
      Arrays.fill(network.topParameters()[0], .1f);
      float[] last = network.topParameters()[2];
      for (int i = 0; i < last.length; i++) {
        last[i] = i % 2 == 0 ? .01f : -.01f;
      }
      ModelFolder.publish(arm, published, origin(version), 3);
    }
  }

  public static Origin origin(long version) {
    return origin("learned", version);
  }

  /** The same of a version that holds the updates up to an interval of an epoch. */
  public static Origin origin(long version, Origin.UpdatesAt at) {
    Origin o = origin(version);
    return new Origin(
        o.arm(),
        o.seed(),
        version,
        o.firstEventTime(),
        o.lastEventTime(),
        o.eventsLearned(),
        null,
        o.maps(),
        null,
        Optional.of(at));
  }

  private static Origin origin(String arm, long version) {
    return new Origin(
        arm, 0, version, 1000, 2000, 320, null, List.of(new Origin.MapId("tags", 3, 77)), null);
  }
}
