package io.millrace.runs;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.EventTotals;
import io.millrace.event.Warning;
import io.millrace.file.EventInput;
import io.millrace.jobfile.JobConfig;
import io.millrace.student.MetricLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laws of event time in a file: 401 events of a minute each, in windows of an hour. */
class FileTrainingTest {

  private static final long START = 1_704_067_200_000L;
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final int EVENTS = 401;

  private static final String JOB =
      """
      name: minutes
      schema:
        label: {column: label}
        time: {column: ts, unit: ms}
        categorical: [{columns: site, expected_ids: 40}]
      windows: {size: 1h}
      student: {dim: 2, bottom: [4], top: [4], batch: 16, engine: plain}
      arms: [{name: full, hash: full}]
      """;

  @TempDir Path dir;

  private final long[] times = new long[EVENTS];
  private final List<MetricLine> metrics = new ArrayList<>();
  private final List<Warning> warnings = new ArrayList<>();

  @BeforeEach
  void everyMinute() {
    for (int i = 0; i < EVENTS; i++) {
      times[i] = START + i * MINUTE;
    }
  }

  private EventTotals train(String limits) throws IOException {
    StringBuilder csv = new StringBuilder("ts,label,site\n");
    for (int i = 0; i < EVENTS; i++) {
      csv.append(times[i]).append(',').append(i % 3 == 0 ? 1 : 0).append(",s").append(i % 40);
      csv.append('\n');
    }
    Path events = Files.writeString(dir.resolve("events.csv"), csv);
    JobConfig job = JobConfig.parse(JOB + limits, "job.yaml");
    FileTraining.Listener listener =
        new FileTraining.Listener() {
          @Override
          public void metrics(MetricLine line) {
            metrics.add(line);
          }

          @Override
          public void warning(Warning warning) {
            warnings.add(warning);
          }

          @Override
          public void at(double share, long rows) {}
        };
    RunFiles files = RunFiles.create(dir.resolve("run"));
    return new FileTraining(job, List.of(EventInput.of(events)), files, 0, true, listener).run();
  }

  private List<Long> events() {
    return metrics.stream().map(line -> line.overall().events()).toList();
  }

  // Law: one event 17 months ahead is rejected with its row, and warned of; all others are counted.
  @Test
  void oneEventFarAhead() throws IOException {
    times[120] = START + Duration.ofDays(517).toMillis();
    EventTotals totals = train("");
    assertThat(events()).containsExactly(60L, 60L, 59L, 60L, 60L, 60L, 41L);
    assertThat(totals).isEqualTo(new EventTotals(400, 0, 0, Map.of("time_ahead_of_stream", 1L)));
    assertThat(Files.readString(dir.resolve("run").resolve(RunFiles.REJECTS)))
        .contains("{\"row\":120,", "\"reason\":\"time_ahead_of_stream\"");
    assertThat(warnings).extracting(Warning::kind).containsExactly(Warning.Kind.TIME_AHEAD);
  }

  // Law: two events near each other, or any without a limit, are believed.
  @Test
  void twoEventsFarAhead() throws IOException {
    times[120] = START + Duration.ofDays(517).toMillis();
    times[7] = times[120] + MINUTE;
    assertThat(train("").trained()).isEqualTo(EVENTS);
    assertThat(events()).containsExactly(59L, 60L, 59L, 60L, 60L, 60L, 41L, 2L);
    assertThat(warnings).isEmpty();
  }

  @Test
  void withoutALimitOneEventIsBelieved() throws IOException {
    times[120] = START + Duration.ofDays(517).toMillis();
    assertThat(train("limits: {max_jump: 0s}\n").trained()).isEqualTo(EVENTS);
    assertThat(events()).hasSize(8).endsWith(1L);
  }

  // Law: a gap in a log passes.
  @Test
  void aGap() throws IOException {
    for (int i = 200; i < EVENTS; i++) {
      times[i] += Duration.ofDays(30).toMillis();
    }
    assertThat(train("").trained()).isEqualTo(EVENTS);
    assertThat(events()).containsExactly(60L, 60L, 60L, 20L, 40L, 60L, 60L, 41L);
  }
}
