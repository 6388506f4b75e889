package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.generator.GeneratorOptions;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Law: a live job takes maps as they come. A window has a map if one was ready while it was open,
 * and it is always that of an earlier window.
 */
@Timeout(300)
class LiveMapsTest {

  private static final int DAYS = 20;
  private static final int DAY = SmallStream.PER_DAY;
  private static final String MAPS = RunFiles.MAPS + "/learned-0.1";

  @TempDir Path folder;

  @Test
  void mapsAreTakenWhenTheyCome() throws Exception {
    Path events = SmallStream.writeEvents(folder, DAYS);
    Path run = folder.resolve("run");
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Path job = JobFile.of(broker, 1).live().write(folder);
      Replays replays = new Replays(job, events);
      replays.send(DAY * 3 / 2);
      try (RunningJob running = RunningJob.start(job, run)) {
        running.untilLines(RunFiles.METRICS, JobFile.ARMS);
        running.until(() -> Files.exists(run.resolve(MAPS).resolve("f7")));
        int days = 2;
        while (newestMap(running) == 0) {
          assertThat(days).as("days without a map").isLessThan(DAYS);
          replays.send(DAY);
          running.untilLines(RunFiles.METRICS, days * JobFile.ARMS);
          days++;
        }
      }
    }
  }

  // Law: a job that goes over to live has learned from its topic's history as train, to the bit,
  // up to the end of the window in which it ends.
  @Test
  void theHistoryIsAReplay() throws Exception {
    history(2, false);
  }

  // a process that is killed while it reads the history goes on, too
  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void theHistoryIsAReplayThroughKills(int partitions) throws Exception {
    history(partitions, true);
  }

  private void history(int partitions, boolean kill) throws Exception {
    Path events = SmallStream.writeEvents(folder, 6);
    Path run = folder.resolve("run");
    Path train = folder.resolve("train");
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Path job = JobFile.of(broker, partitions).untilLive().write(folder);
      Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
      Replays replays = new Replays(job, events);
      replays.send(DAY * 7 / 2);
      Object[] from = kill ? killed(job, run) : new Object[0];
      try (RunningJob running = RunningJob.start(job, run, from)) {
        running.untilSaid("the history of topic small.events is read");
        running.untilLines(RunFiles.METRICS, 3 * JobFile.ARMS);
        for (int days = 4; days <= 5; days++) {
          replays.send(DAY);
          running.untilLines(RunFiles.METRICS, days * JobFile.ARMS);
        }
        int history = 4 * JobFile.ARMS;
        assertThat(running.lines(RunFiles.METRICS).subList(0, history))
            .containsExactlyInAnyOrderElementsOf(
                SmallStream.lines(train.resolve(RunFiles.METRICS)).subList(0, history));
        newestMap(running);
      }
    }
  }

  /** Runs a job and kills it; options with which it goes on. */
  private static Object[] killed(Path job, Path run) throws IOException {
    try (RunningJob running = RunningJob.start(job, run)) {
      running.untilLines(RunFiles.METRICS, JobFile.ARMS);
      running.until(running::hasCheckpoint);
      running.kill();
    }
    return new Object[] {"--from", RunningJob.newestCheckpoint(run)};
  }

  /** Version of the newest map that an arm has used; none is used that was not past. */
  private static int newestMap(RunningJob running) throws IOException {
    int newest = 0;
    for (String text : running.lines(RunFiles.METRICS)) {
      JsonNode line = new ObjectMapper().readTree(text);
      long length = line.path("window_end").longValue() - line.path("window_start").longValue();
      long past = (line.path("window_start").longValue() - GeneratorOptions.DEFAULT_START) / length;
      assertThat(line.path("map_version").longValue()).as(text).isBetween(0L, past);
      newest = Math.max(newest, line.path("map_version").intValue());
    }
    return newest;
  }
}
