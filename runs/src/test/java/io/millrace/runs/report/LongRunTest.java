package io.millrace.runs.report;

import static io.millrace.runs.report.ReportedRun.metric;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LongRunTest {

  private static final int WINDOWS = 6_000;

  // Law: a report takes time linear in the windows; a quadratic one took minutes for so many
  @Tag("long")
  @Test
  void reportOfThousandsOfWindows(@TempDir Path dir) throws IOException {
    ReportedRun run = new ReportedRun(dir);
    run.fourArms();
    StringBuilder lines = new StringBuilder();
    for (int w = 0; w < WINDOWS; w++) {
      lines.append(metric("modulo", 0, w, .7, 15_000)).append('\n');
      lines.append(metric("learned", 0, w, .71, 15_000)).append('\n');
    }
    run.write("metrics.jsonl", lines.toString().strip());
    long start = System.nanoTime();
    Path page = Report.write(dir);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(40));
    assertThat(Files.readString(page)).contains("6,000 windows");
  }
}
