package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.flink.config.JobConfig;
import io.millrace.stream.ArmStream;
import io.millrace.stream.MapBuilder;
import io.millrace.stream.MetricLine;
import io.millrace.stream.PartTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: what {@code train} publishes and {@code score} reads predicts as the student in the loop
 * does, for every kind of arm, for ids it has never seen, and without labels.
 */
class ScoreEqualsJobTest {

  private static final int TRAINED_DAYS = 3;
  private static final int TRAINED = TRAINED_DAYS * SmallStream.PER_DAY;

  @TempDir Path folder;

  @Test
  void everyArmScoresAsItsStudentDoes() throws IOException {
    Path job = SmallStream.writeJob(folder);
    List<String> lines = SmallStream.lines(SmallStream.writeEvents(folder, TRAINED_DAYS + 1));
    Path train = Files.write(folder.resolve("train.csv"), lines.subList(0, 1 + TRAINED));
    Path unlabelled = Files.write(folder.resolve("unlabelled.csv"), withoutLabel(lines));
    Path run = folder.resolve("run");
    Commands.succeed("train", "--job", job, "--events", train, "--run-dir", run);

    JobConfig config = JobConfig.read(job);
    List<ClickEvent> events =
        SmallStream.events(SmallStream.stream(TRAINED_DAYS + 1), config.spec().schema());
    try (TrainLoop loop = new TrainLoop(config.spec(), 0, new Silent(), PartTimer.NONE)) {
      events.subList(0, TRAINED).forEach(loop::onEvent);
      loop.finish();
      for (ArmStream arm : loop.arms()) {
        float[] expected = new float[SmallStream.PER_DAY];
        arm.model().score(events.subList(TRAINED, events.size()), expected);
        compare(arm, expected, score(run, arm, unlabelled));
      }
    }
  }

  private List<String> score(Path run, ArmStream arm, Path events) throws IOException {
    Path output = folder.resolve(arm.spec().name() + ".csv");
    Path model = run.resolve("models").resolve(arm.spec().name());
    Commands.succeed("score", "--model", model, "--events", events, "--output", output);
    return SmallStream.lines(output);
  }

  private static void compare(ArmStream arm, float[] expected, List<String> scored) {
    assertThat(scored).hasSize(1 + expected.length);
    for (int i = 0; i < expected.length; i++) {
      String[] cells = scored.get(1 + i).split(",", -1);
      assertThat(Float.parseFloat(cells[0]))
          .as("%s, event %d", arm.spec().name(), i)
          .isCloseTo(expected[i], within(1e-6f));
      assertThat(cells[1]).isEqualTo(Long.toString(arm.modelVersion()));
      assertThat(cells[2]).isEqualTo(Integer.toString(arm.mapVersion()));
    }
  }

  /** The last day's lines without the column of the label, which is the second. */
  private static List<String> withoutLabel(List<String> lines) {
    List<String> rest = new ArrayList<>();
    rest.add(lines.get(0).replaceFirst(",label,", ","));
    for (String line : lines.subList(1 + TRAINED, lines.size())) {
      rest.add(line.replaceFirst(",[01],", ","));
    }
    return rest;
  }

  /** The loop is asked afterwards. */
  private static final class Silent implements TrainLoop.Listener {
    @Override
    public void metrics(MetricLine line) {}

    @Override
    public void publish(ArmStream arm, ArmStream.PublishCause cause) {}

    @Override
    public void maps(int field, long pane, MapBuilder.Result result) {}
  }
}
