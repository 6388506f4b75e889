package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dlrm.Dlrm;
import io.millrace.event.ClickEvent;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.PublishedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScorerTest {

  @TempDir Path folder;

  /** Law: what was published predicts as the trainer does, for known and unknown ids, to 1e-6. */
  @Test
  void predictsAsTheTrainerDoes() throws Exception {
    try (Dlrm model = SmallModel.train(30)) {
      ModelFolder.publish(
          folder, PublishedModel.copyOf(SmallModel.SCHEMA, model), SmallModel.origin(1), 2);
      List<ClickEvent> events = SmallModel.events(new SplittableRandom(99), 500);
      float[] expected = new float[events.size()];
      model.score(events, expected);
      float[] actual = new float[events.size()];
      new Scorer(ModelFolder.open(folder)).score(events, actual);
      assertThat(actual).containsExactly(expected, within(1e-6f));
      assertThat(expected[0]).isNotEqualTo(expected[1]);
    }
  }

  /** Law: a prediction does not depend on the events scored with it. */
  @Test
  void eventsDoNotMix() throws Exception {
    try (Dlrm model = SmallModel.train(5)) {
      ModelFolder.publish(
          folder, PublishedModel.copyOf(SmallModel.SCHEMA, model), SmallModel.origin(1), 1);
      Scorer scorer = new Scorer(ModelFolder.open(folder));
      List<ClickEvent> events = SmallModel.events(new SplittableRandom(99), 50);
      float[] together = new float[50];
      scorer.score(events, together);
      for (int e = 0; e < 50; e++) {
        assertThat(scorer.score(events.get(e))).isEqualTo(together[e]);
      }
    }
  }
}
