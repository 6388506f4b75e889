package io.millrace.tests.bench;

import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.Dlrm;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import io.millrace.hash.ModuloHash;
import io.millrace.random.Seeds;
import io.millrace.serving.SharedColumns;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.table.Combine;
import io.millrace.table.StoredRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A published model with the default network for the columns of Criteo's log: 13 dense columns, 26
 * fields of together a million rows of 16, bottom 13-64-16, top 367-128-64-1; and events for it, of
 * which a context has the dense columns and half of the fields. The weights are random.
 */
final class ServedCriteo {
  static final int FIELDS = CriteoModel.FIELDS;
  static final int DENSE = CriteoModel.DENSE;
  static final int DIM = CriteoModel.DIM;

  /** Fields from this one on are those of a candidate. */
  static final int FIRST_OWN = 13;

  static final MlpSpec BOTTOM = new MlpSpec(List.of(DENSE, 64, DIM), false);
  static final MlpSpec TOP = new MlpSpec(List.of(Dlrm.topInputs(FIELDS, DIM), 128, 64, 1), false);
  static final Schema SCHEMA = schema();
  static final SharedColumns SHARED = SharedColumns.of(SCHEMA, ServedCriteo::isShared);

  private ServedCriteo() {}

  private static Schema schema() {
    List<DenseColumn> dense = new ArrayList<>();
    for (int d = 1; d <= DENSE; d++) {
      dense.add(DenseColumn.of("I" + d, new Transform.Log1p(1)));
    }
    List<CategoricalField> fields = new ArrayList<>();
    for (int f = 1; f <= FIELDS; f++) {
      fields.add(CategoricalField.of("C" + f, CriteoModel.ROWS));
    }
    return new Schema(
        dense, fields, LabelColumn.of("click"), new TimeColumn.Epoch("time", TimeColumn.Unit.MS));
  }

  private static boolean isShared(String column) {
    return column.startsWith("I") || Integer.parseInt(column.substring(1)) <= FIRST_OWN;
  }

  /** A model; versions differ in their weights. */
  static PublishedModel model(long version) {
    SplittableRandom random = Seeds.generator(version, "served-criteo", 0);
    List<FieldRows> fields = new ArrayList<>();
    for (int f = 0; f < FIELDS; f++) {
      float[] rows = floats(random, CriteoModel.ROWS * DIM, .3);
      ModuloHash hash = new ModuloHash(CriteoModel.ROWS, f);
      fields.add(new FieldRows.Hashed(hash, Combine.SUM, new StoredRows.Dense(rows, DIM)));
    }
    float[][] bottom = parameters(BOTTOM, random);
    float[][] top = parameters(TOP, random);
    PublishedNetwork network = new PublishedNetwork(DIM, BOTTOM, bottom, TOP, top, fields);
    return new PublishedModel(SCHEMA, Optional.of(network), Optional.empty());
  }

  static Origin origin(long version) {
    return new Origin("criteo", 0, version, 1_000, 2_000, 320, null, List.of(), null);
  }

  private static float[][] parameters(MlpSpec spec, SplittableRandom random) {
    float[][] parameters = new float[2 * spec.layers()][];
    for (int l = 0; l < spec.layers(); l++) {
      int in = spec.sizes().get(l);
      int out = spec.sizes().get(l + 1);
      parameters[2 * l] = floats(random, in * out, Math.sqrt(3.0 / in));
      parameters[2 * l + 1] = floats(random, out, .1);
    }
    return parameters;
  }

  private static float[] floats(SplittableRandom random, int n, double bound) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return values;
  }

  static List<ClickEvent> events(int n) {
    SplittableRandom random = Seeds.generator(5, "served-criteo-events", 0);
    List<ClickEvent> events = new ArrayList<>(n);
    int[] offsets = new int[FIELDS + 1];
    for (int f = 0; f <= FIELDS; f++) {
      offsets[f] = f;
    }
    for (int e = 0; e < n; e++) {
      float[] dense = floats(random, DENSE, 1);
      long[] ids = random.longs(FIELDS).toArray();
      events.add(new ClickEvent(e, 0, dense, ids, offsets));
    }
    return events;
  }

  /** A list of events in JSON, as clients of {@code /score} send them. */
  static String list(int n) {
    SplittableRandom random = Seeds.generator(6, "served-criteo-json", 0);
    List<String> events = new ArrayList<>();
    String context = shared(random);
    for (int e = 0; e < n; e++) {
      events.add("{" + context + "," + own(random) + "}");
    }
    return "[" + String.join(",", events) + "]";
  }

  /** The same events as context and candidates. */
  static String contextAndCandidates(int n) {
    SplittableRandom random = Seeds.generator(6, "served-criteo-json", 0);
    String context = shared(random);
    List<String> candidates = new ArrayList<>();
    for (int e = 0; e < n; e++) {
      candidates.add("{" + own(random) + "}");
    }
    return "{\"context\":{" + context + "},\"candidates\":[" + String.join(",", candidates) + "]}";
  }

  private static String shared(SplittableRandom random) {
    List<String> members = new ArrayList<>();
    for (int d = 1; d <= DENSE; d++) {
      members.add("\"I" + d + "\":" + random.nextInt(1 << random.nextInt(1, 14)));
    }
    for (int f = 1; f <= FIRST_OWN; f++) {
      members.add(value(f, random));
    }
    return String.join(",", members);
  }

  private static String own(SplittableRandom random) {
    List<String> members = new ArrayList<>();
    for (int f = FIRST_OWN + 1; f <= FIELDS; f++) {
      members.add(value(f, random));
    }
    return String.join(",", members);
  }

  /** A value of eight hexadecimal digits, as Criteo's. */
  private static String value(int f, SplittableRandom random) {
    return "\"C" + f + "\":\"" + String.format("%08x", random.nextInt()) + "\"";
  }
}
