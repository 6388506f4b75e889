package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.generator.GeneratorOptions;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
