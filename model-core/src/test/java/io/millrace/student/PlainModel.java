package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.linear.LinearWeights;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.table.StoredRows;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A served model in the plainest form, to which updates are applied in the most obvious way. */
final class PlainModel {

  /** Rows, or the narrow rows of a projection, by number or id. */
  private record Field(TreeMap<Long, List<Float>> rows, List<float[]> projection) {}

  private final List<Field> fields = new ArrayList<>();
  private final List<float[][]> mlps = new ArrayList<>();
  private float[] weights = {};

  PlainModel(PublishedModel model) {
    for (FieldRows rows : model.fields()) {
      long[] keys =
          rows instanceof FieldRows.Indexed indexed
              ? indexed.ids()
              : IntStream.range(0, rows.count()).asLongStream().toArray();
      fields.add(new Field(new TreeMap<>(), new ArrayList<>()));
      put(fields.size() - 1, keys, rows.rows());
    }
    model.network().ifPresent(this::putMlps);
    weights = model.linear().map(LinearWeights::weights).orElse(weights).clone();
  }

  private void putMlps(PublishedNetwork network) {
    mlps.add(network.bottomParameters());
    mlps.add(network.topParameters());
  }

  private void put(int f, long[] keys, StoredRows rows) {
    Field field = fields.get(f);
    field.projection.clear();
    StoredRows narrow = rows;
    if (rows instanceof StoredRows.Factors factors) {
      field.projection.add(factors.projection());
      narrow = factors.narrow();
    }
    assertThat(narrow.count()).isEqualTo(keys.length);
    for (int i = 0; i < keys.length; i++) {
      float[] row = new float[narrow.length()];
      narrow.add(i, row, 0);
      List<Float> list = new ArrayList<>();
      for (float v : row) {
        list.add(v);
      }
      field.rows.put(keys[i], list);
    }
  }

  void apply(ModelUpdate update) {
    if (update.network().isPresent()) {
      ModelUpdate.NetworkChange network = update.network().get();
      mlps.set(0, network.bottom());
      mlps.set(1, network.top());
      for (ModelUpdate.FieldChange change : network.fields()) {
        long[] rows = IntStream.of(change.rows()).asLongStream().toArray();
        put(change.field(), rows.length > 0 ? rows : change.ids(), change.values());
      }
    }
    if (update.linear().isPresent()) {
      int[] slots = update.linear().get().slots();
      for (int i = 0; i < slots.length; i++) {
        weights[slots[i]] = update.linear().get().weights()[i];
      }
    }
  }

  /** Equal to the bit. */
  void assertSame(PlainModel other) {
    assertThat(weights).isEqualTo(other.weights);
    assertThat(mlps).hasSameSizeAs(other.mlps);
    for (int m = 0; m < mlps.size(); m++) {
      assertThat(mlps.get(m)).isDeepEqualTo(other.mlps.get(m));
    }
    for (int f = 0; f < fields.size(); f++) {
      Field mine = fields.get(f);
      Field its = other.fields.get(f);
      assertThat(mine.rows.equals(its.rows)).as("rows of field %d", f).isTrue();
      assertThat(mine.projection).hasSameSizeAs(its.projection);
      if (!mine.projection.isEmpty()) {
        assertThat(mine.projection.get(0)).isEqualTo(its.projection.get(0));
      }
    }
  }
}
