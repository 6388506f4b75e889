package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.Dlrm;
import io.millrace.event.CategoricalField;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.hash.ModuloHash;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearSlots;
import io.millrace.linear.LinearWeights;
import io.millrace.snapshot.ModelUpdate.FieldChange;
import io.millrace.snapshot.ModelUpdate.LinearChange;
import io.millrace.snapshot.ModelUpdate.NetworkChange;
import io.millrace.snapshot.RefusedException.Reason;
import io.millrace.table.Combine;
import io.millrace.table.StoredRows;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Updates of a model with a row for each id, rows that ids share, short rows, a linear part. */
class ApplyTest {

  private static final int DIM = 3;
  private static final int ROWS = 40;
  private static final int SLOTS = 16;

  private final SplittableRandom random = new SplittableRandom(11);
  private final TreeMap<Long, float[]> byId = new TreeMap<>(Map.of(5L, new float[] {1, 2, 3}));
  private final float[] dense = floats(ROWS * DIM);
  private final float[] narrow = floats(ROWS * 2);
  private float[] projection = floats(2 * DIM);
  private final float[] linear = floats(SLOTS + 1);
  private float[][] bottom = bottom();
  private float[][] top = top();

  /** Law: after any updates a model equals one whose values were set one by one. */
  @Test
  void appliesWhatHasChanged() throws RefusedException {
    PublishedModel model = model();
    for (int i = 1; i < 60; i++) {
      PublishedModel before = model;
      String shown = text(before);
      model = model.apply(update(i));
      assertThat(text(before)).isEqualTo(shown);
      assertThat(text(model)).isEqualTo(text(model()));
    }
    assertThat(byId).hasSizeGreaterThan(100);
    assertThat(model.fields().get(0).lookUp(1_000_000, new int[1])).isZero();
  }

  /** Law: what does not fit, or is not finite, is refused by name, whatever part it is in. */
  @Test
  void refusesWhatDoesNotFit() {
    PublishedModel model = model();
    refused(model, Reason.NOT_FINITE, "the rows of field a must be finite", owned(Float.NaN));
    float[] infinite = {Float.POSITIVE_INFINITY};
    refused(model, Reason.NOT_FINITE, "the linear part must be finite", linear(3, infinite));
    bottom[1][0] = Float.NaN;
    refused(model, Reason.NOT_FINITE, "the bottom MLP must be finite", change());
    bottom = bottom();
    projection = floats(2 * DIM);
    projection[4] = Float.NEGATIVE_INFINITY;
    FieldChange none = new FieldChange(2, new int[0], new long[0], factors(new float[0]));
    refused(model, Reason.NOT_FINITE, "the rows of field c must be finite", change(none));
    projection = floats(2 * DIM);

    refused(model, Reason.SHAPES, "slot must be in 0..16 but was 17", linear(17, new float[1]));
    refused(model, Reason.SHAPES, "row must be in 0..39 but was 40", shared(40));
    refused(model, Reason.SHAPES, "row must be in 0..39 but was -1", shared(-1));
    refused(model, Reason.SHAPES, "had 1", change(shared(1), shared(2)));
    FieldChange wrongForm = new FieldChange(2, new int[] {1}, new long[0], rows(1));
    refused(model, Reason.SHAPES, "rows must be factors of 2 and 3 floats", wrongForm);
    FieldChange absent = new FieldChange(3, new int[] {1}, new long[0], rows(1));
    refused(model, Reason.SHAPES, "fields must be ascending in 0..2 but had 3", absent);
    StoredRows longer = new StoredRows.Dense(new float[DIM + 1], DIM + 1);
    FieldChange wide = new FieldChange(1, new int[] {1}, new long[0], longer);
    refused(model, Reason.SHAPES, "floats of a row must be 3 but was 4", wide);
    FieldChange byRow = new FieldChange(0, new int[] {0}, new long[0], rows(1));
    refused(model, Reason.SHAPES, "rows of ids that own them must be 0 but was 1", byRow);
    FieldChange few = new FieldChange(1, new int[] {1, 2}, new long[0], rows(1));
    refused(model, Reason.SHAPES, "changed rows must be 2 but was 1", few);
    top = new float[][] {new float[1], new float[1]};
    refused(model, Reason.SHAPES, "top's weights must be", change());
    top = top();
    ModelUpdate half = new ModelUpdate(header(1), Optional.empty(), linear(1, new float[1]));
    refused(model, Reason.SHAPES, "networks must be 1 but was 0", half);
  }

  /** Law: an update makes no second model: it shares the pages of all rows that it leaves alone. */
  @Test
  void sharesWhatIsUnchanged() {
    int count = 200_000;
    long[] ids = LongStream.range(0, count).map(i -> 2 * i).toArray();
    StoredRows rows = new StoredRows.Dense(new float[count * DIM], DIM);
    FieldRows field = new FieldRows.Indexed(ids, rows);
    long[] known = LongStream.range(0, 100).map(i -> 4_000 * i).toArray();
    FieldChange change =
        new FieldChange(0, new int[0], known, new StoredRows.Dense(floats(100 * DIM), DIM));
    FieldRows warm = field.with(change);
    assertThat(warm.count()).isEqualTo(count);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    FieldRows changed = field.with(change);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(changed.rows()).isNotSameAs(rows);
    assertThat(allocated).isLessThan(rows.bytes() / 4);
  }

  /** Law: an update of another arm, or of other maps, is refused. */
  @Test
  void refusesWhatBelongsElsewhere() {
    LoadedModel loaded = loaded("other", 4);
    assertThatThrownBy(() -> loaded.apply(update(1)))
        .hasMessage("update 1 of arm, epoch 7: arm must be other");
    assertThatThrownBy(() -> loaded("arm", 5).apply(update(1)))
        .hasMessage("update 1 of arm, epoch 7: map version must be 5 but was 4");
  }

  /** Law: a model with its update says what it has learned with it. */
  @Test
  void namesWhatItHasLearned() throws RefusedException {
    LoadedModel loaded = loaded("arm", 4).apply(update(9));
    assertThat(loaded.update().orElseThrow().interval()).isEqualTo(9);
    assertThat(loaded.lastEventTime()).isEqualTo(900);
    assertThat(loaded.eventsLearned()).isEqualTo(90);
    assertThat(loaded.version()).isEqualTo(2);
  }

  private LoadedModel loaded(String arm, int mapVersion) {
    Origin.MapId map = new Origin.MapId("a", mapVersion, 1);
    Origin origin = new Origin(arm, 0, 2, 1, 2, 3, null, List.of(map), null);
    PublishedModel model = model();
    return new LoadedModel(Path.of("v000002"), Manifest.of(model, origin, List.of()), model);
  }

  private ModelUpdate update(int i) {
    TreeMap<Long, float[]> ids = new TreeMap<>();
    while (ids.size() < 5) {
      ids.put(random.nextLong(-200, 200), floats(DIM));
    }
    byId.putAll(ids);
    long[] keys = ids.keySet().stream().mapToLong(Long::longValue).toArray();
    int[] rows = random.ints(6, 0, ROWS).distinct().sorted().toArray();
    float[] values = floats(rows.length * DIM);
    float[] narrows = floats(rows.length * 2);
    projection = floats(2 * DIM);
    for (int r = 0; r < rows.length; r++) {
      System.arraycopy(values, r * DIM, dense, rows[r] * DIM, DIM);
      System.arraycopy(narrows, r * 2, narrow, rows[r] * 2, 2);
    }
    int[] slots = {random.nextInt(8), SLOTS};
    float[] weights = floats(2);
    linear[slots[0]] = weights[0];
    linear[slots[1]] = weights[1];
    bottom = bottom();
    top = top();
    List<FieldChange> fields =
        List.of(
            new FieldChange(0, new int[0], keys, new StoredRows.Dense(join(ids), DIM)),
            new FieldChange(1, rows, new long[0], new StoredRows.Dense(values, DIM)),
            new FieldChange(2, rows, new long[0], factors(narrows)));
    return new ModelUpdate(
        header(i),
        Optional.of(new NetworkChange(bottom, top, fields)),
        Optional.of(new LinearChange(slots, weights)));
  }

  private static UpdateHeader header(int i) {
    return new UpdateHeader("arm", 7, i, i - 1, 2, 4, 100L * i, 10L * i);
  }

  private PublishedModel model() {
    List<CategoricalField> named =
        List.of(
            new CategoricalField("a", "a", "", 1000),
            new CategoricalField("b", "b", "", 1000),
            new CategoricalField("c", "c", "", 1000));
    Schema schema =
        new Schema(
            List.of(),
            named,
            LabelColumn.of("click"),
            new TimeColumn.Epoch("time", TimeColumn.Unit.MS));
    long[] ids = byId.keySet().stream().mapToLong(Long::longValue).toArray();
    List<FieldRows> fields =
        List.of(
            new FieldRows.Indexed(ids, new StoredRows.Dense(join(byId), DIM)),
            hashed(new StoredRows.Dense(dense.clone(), DIM)),
            hashed(factors(narrow.clone())));
    PublishedNetwork network =
        new PublishedNetwork(
            DIM,
            new MlpSpec(List.of(1, DIM), true),
            bottom,
            new MlpSpec(List.of(Dlrm.topInputs(3, DIM), 1), false),
            top,
            fields);
    LinearWeights weights =
        new LinearWeights(
            new LinearSlots(SLOTS, 3, 0, 1), LinearOptions.Precision.FLOAT32, linear.clone());
    return new PublishedModel(schema, Optional.of(network), Optional.of(weights));
  }

  private static FieldRows hashed(StoredRows rows) {
    return new FieldRows.Hashed(new ModuloHash(ROWS, 1), Combine.SUM, rows);
  }

  private StoredRows factors(float[] values) {
    return new StoredRows.Factors(new StoredRows.Dense(values, 2), projection, DIM);
  }

  private static float[] join(SortedMap<Long, float[]> rows) {
    float[] joined = new float[rows.size() * DIM];
    int to = 0;
    for (float[] row : rows.values()) {
      System.arraycopy(row, 0, joined, to, DIM);
      to += DIM;
    }
    return joined;
  }

  private static float[][] bottom() {
    return new float[][] {{1, 2, 3}, {4, 5, 6}};
  }

  private float[][] top() {
    return new float[][] {floats(Dlrm.topInputs(3, DIM)), floats(1)};
  }

  private float[] floats(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(-100, 100) / 8f;
    }
    return values;
  }

  /** All that a model's lookups give, each id and slot by itself. */
  private String text(PublishedModel model) {
    StringBuilder text = new StringBuilder();
    int[] found = new int[1];
    for (FieldRows field : model.fields()) {
      for (long id = -200; id < 200; id++) {
        float[] row = new float[DIM];
        if (field.lookUp(id, found) > 0) {
          field.rows().add(found[0], row, 0);
        }
        text.append(Arrays.toString(row)).append('\n');
      }
    }
    PublishedNetwork network = model.network().orElseThrow();
    text.append(Arrays.deepToString(network.bottomParameters()));
    text.append(Arrays.deepToString(network.topParameters()));
    return text + Arrays.toString(model.linear().orElseThrow().weights());
  }

  private static StoredRows rows(int n) {
    return new StoredRows.Dense(new float[n * DIM], DIM);
  }

  private static FieldChange owned(float value) {
    return new FieldChange(
        0, new int[0], new long[] {5}, new StoredRows.Dense(new float[] {1, value, 2}, DIM));
  }

  private static FieldChange shared(int row) {
    return new FieldChange(1, new int[] {row}, new long[0], rows(1));
  }

  private static Optional<LinearChange> linear(int slot, float[] weights) {
    return Optional.of(new LinearChange(new int[] {slot}, weights));
  }

  private ModelUpdate change(FieldChange... fields) {
    return new ModelUpdate(
        header(1),
        Optional.of(new NetworkChange(bottom, top, List.of(fields))),
        Optional.of(new LinearChange(new int[0], new float[0])));
  }

  private void refused(PublishedModel model, Reason reason, String message, FieldChange field) {
    refused(model, reason, message, change(field));
  }

  private void refused(
      PublishedModel model, Reason reason, String message, Optional<LinearChange> linear) {
    ModelUpdate update = new ModelUpdate(header(1), change().network(), linear);
    refused(model, reason, message, update);
  }

  private static void refused(
      PublishedModel model, Reason reason, String message, ModelUpdate update) {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> model.apply(update));
    assertThat(e)
        .hasMessageStartingWith("update 1 of arm, epoch 7: ")
        .hasMessageContaining(message);
    assertThat(e.reason()).isEqualTo(reason);
  }
}
