package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearPart;
import io.millrace.linear.LinearSlots;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.PublishedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laws of scoring candidates that share a context, for each set of shared columns. */
class PreparedTest {

  /** More than two blocks, the last not full. */
  private static final int CANDIDATES = 75;

  private static final int FIELDS = 3;
  private static final int DENSE = 2;

  @TempDir Path folder;
  private Scorer scorer;
  private final SplittableRandom random = new SplittableRandom(3);
  private final List<ClickEvent> candidates = SmallModel.events(random, CANDIDATES);
  private final ClickEvent context = SmallModel.events(random, 1).get(0);

  @BeforeEach
  void publish() throws Exception {
    LinearOptions options =
        new LinearOptions(500, 0, .1, 1, 0, 1, 8, LinearOptions.Precision.FLOAT32);
    LinearPart linear = new LinearPart(new LinearSlots(500, FIELDS, DENSE, 8), options);
    try (ClickModel network = SmallModel.train(20);
        ClickModel both = new ClickModel(network.network().orElseThrow(), linear)) {
      float[] p = new float[CANDIDATES];
      for (int step = 0; step < 5; step++) {
        both.predict(candidates, p);
        both.learn(candidates, p);
      }
      PublishedModel model = PublishedModel.copyOf(SmallModel.SCHEMA, both);
      ModelFolder.publish(folder, model, SmallModel.origin(1), 1);
    }
    scorer = new Scorer(ModelFolder.open(folder));
  }

  /** Law: a candidate with its context is scored as the whole event, to 1e-6. */
  @Test
  void aSharedColumnIsAsOneOfTheEvent() {
    for (int shared = 0; shared < 1 << (FIELDS + DENSE); shared++) {
      SharedColumns columns = columns(shared);
      List<ClickEvent> whole = new ArrayList<>();
      candidates.forEach(candidate -> whole.add(merge(candidate, columns)));
      float[] expected = new float[CANDIDATES];
      scorer.score(whole, expected);
      float[] p = new float[CANDIDATES];
      scorer.prepare(context, columns).score(candidates, p);
      assertThat(p).as("columns %s", columns).containsExactly(expected, within(1e-6f));
    }
  }

  /** Law: a candidate's prediction does not depend on the other candidates, to the bit. */
  @Test
  void candidatesDoNotMix() {
    for (int shared = 0; shared < 1 << (FIELDS + DENSE); shared++) {
      Scorer.Prepared prepared = scorer.prepare(context, columns(shared));
      float[] together = new float[CANDIDATES];
      prepared.score(candidates, together);
      float[] alone = new float[1];
      for (int c = 0; c < CANDIDATES; c++) {
        prepared.score(candidates.subList(c, c + 1), alone);
        assertThat(alone[0]).isEqualTo(together[c]);
      }
    }
  }

  /** Law: without a shared column, predictions are those of whole events, to the bit. */
  @Test
  void nothingSharedIsThePlainScore() {
    float[] expected = new float[CANDIDATES];
    scorer.score(candidates, expected);
    float[] p = new float[CANDIDATES];
    scorer.prepare(context, SharedColumns.none()).score(candidates, p);
    assertThat(p).isEqualTo(expected);
    assertThat(expected[0]).isNotEqualTo(expected[1]);
  }

  private static SharedColumns columns(int marks) {
    BitSet all = BitSet.valueOf(new long[] {marks});
    return new SharedColumns(all.get(0, FIELDS), all.get(FIELDS, FIELDS + DENSE));
  }

  private ClickEvent merge(ClickEvent candidate, SharedColumns columns) {
    float[] dense = candidate.dense().clone();
    columns.dense().stream().forEach(d -> dense[d] = context.dense()[d]);
    List<Long> ids = new ArrayList<>();
    int[] offsets = new int[FIELDS + 1];
    for (int f = 0; f < FIELDS; f++) {
      ClickEvent from = columns.fields().get(f) ? context : candidate;
      for (int i = from.offsets()[f]; i < from.offsets()[f + 1]; i++) {
        ids.add(from.ids()[i]);
      }
      offsets[f + 1] = ids.size();
    }
    return new ClickEvent(0, 0, dense, ids.stream().mapToLong(Long::longValue).toArray(), offsets);
  }
}
