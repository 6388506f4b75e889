package io.millrace.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.protocol.SharedData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every hash at 1 to 20 % of the bytes, as served. */
@Tag("long")
class EqualBytesFigureTest {

  /** A two-level map is ahead of a plain hash of as many bytes at 1 to 10 %, on both logs. */
  @Test
  void equalBytes() throws IOException {
    Map<String, Path> runs = new LinkedHashMap<>();
    runs.put(
        "criteo-80k",
        Measured.train(
            "equal-bytes-criteo",
            LabJobs.with(LabJobs.criteo(), EqualBytesArms.of(.5, false)),
            SharedData.find("data/criteo-80k/events.csv.gz"),
            List.of(40L, 41L, 42L)));
    String demo =
        LabJobs.demo()
            .replace("  # All eight fields are compressed.\n  min_rows: 300", "  min_rows: 1500");
    runs.put(
        "demo",
        Measured.train(
            "equal-bytes-demo",
            LabJobs.with(demo, EqualBytesArms.of(.2, true)),
            Measured.generate("demo", 40),
            List.of(40L, 41L)));
    LabPage page = new LabPage("equal-bytes-sizes", EqualBytesFigureTest.class, "equalBytes");
    for (Map.Entry<String, Path> run : runs.entrySet()) {
      page.measured(Measured.read(Measured.record(run.getValue())));
      TrainScores scores = TrainScores.of(List.of(run.getValue()));
      EqualBytesPage.tables(run.getKey(), scores, page);
      for (int size : EqualBytesArms.SIZES.subList(0, 4)) {
        assertThat(Figures.mean(scores.auc("two-level-" + size)))
            .as("%s at %d %%", run.getKey(), size)
            .isGreaterThan(Figures.mean(scores.auc("modulo-" + size)));
      }
    }
    page.publish(Measured.DOCS);
  }
}
