package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Criteo, 80,000 rows in file order over eight made-up days: a learned map ranks better than a
 * plain hash and than hot rows kept, with as many rows. Figures are AUC of predictions made before
 * learning, the mean over the last four days.
 */
class CriteoProtocolTest {

  private static final String LOG = "criteo-80k/events.csv.gz";
  private static final long ROWS = 80_000;

  /** What an independent implementation measures for the two plain arms. */
  private static final double FULL = .7733;

  private static final double MODULO_10 = .7662;
  private static final double MODULO_2 = .7608;
  private static final double SEEDS_APART = .0015;

  @TempDir Path folder;

  @Test
  void oneSeed() throws IOException {
    ArmScores scores = train("job.yaml", "0");
    assertThat(scores.of("full", 0)).isCloseTo(FULL, within(.003));
    assertThat(scores.over("learned-10", "modulo-10")).allMatch(above -> above > .0025);
    assertThat(scores.over("learned-10", "hot-kept-10")).allMatch(above -> above > 0);
  }

  @Test
  @Tag("long")
  void threeSeeds() throws IOException {
    ArmScores ten = train("job.yaml", "0,1,2");
    ArmScores two = train("two-percent.yaml", "0,1,2");
    Table table = new Table();
    table.line("Criteo, AUC, mean over the last 4 of 8 days");
    table.line(
        "%-14s %8s %8s %8s %8s %10s", "arm", "seed 0", "seed 1", "seed 2", "mean", "reference");
    add(table, ten, Map.of("full", FULL, "modulo-10", MODULO_10));
    add(table, two, Map.of("full", FULL, "modulo-2", MODULO_2));
    table.publish("protocol-criteo.txt");

    assertThat(ten.mean("full")).isCloseTo(FULL, within(SEEDS_APART));
    assertThat(two.mean("full")).isCloseTo(FULL, within(SEEDS_APART));
    assertThat(ten.mean("modulo-10")).isCloseTo(MODULO_10, within(SEEDS_APART));
    assertThat(two.mean("modulo-2")).isCloseTo(MODULO_2, within(SEEDS_APART));
    assertThat(ten.over("learned-10", "modulo-10")).allMatch(above -> above >= .0025);
    assertThat(two.over("learned-2", "modulo-2")).allMatch(above -> above >= .005);
    assertThat(ten.over("learned-10", "hot-kept-10")).allMatch(above -> above > 0);
    assertThat(two.over("learned-2", "hot-kept-2")).allMatch(above -> above > 0);
  }

  private ArmScores train(String jobFile, String seeds) throws IOException {
    Path log = SharedData.file(LOG);
    String example =
        Files.readString(ProjectRoot.find().resolve("examples/criteo-80k").resolve(jobFile));
    Path job = Files.writeString(folder.resolve(jobFile), withoutLinearParts(example));
    Path run = folder.resolve(jobFile + "-" + seeds);
    Commands.succeed("train", "--job", job, "--events", log, "--run-dir", run, "--seeds", seeds);
    JsonNode totals = ArmScores.totals(run);
    assertThat(totals.get("read").asLong()).isEqualTo(ROWS);
    assertThat(totals.get("trained").asLong()).isEqualTo(ROWS);
    return ArmScores.of(run);
  }

  /** The references are of networks alone. */
  private static String withoutLinearParts(String job) {
    String changed = job.replace("\nstudent:\n", "\nstudent:\n  linear: {share: 0}\n");
    assertThat(changed).isNotEqualTo(job);
    return changed;
  }

  private static void add(Table table, ArmScores scores, Map<String, Double> references) {
    for (String arm : scores.arms()) {
      Double reference = references.get(arm);
      table.line(
          "%-14s %8.4f %8.4f %8.4f %8.4f %10s",
          arm,
          scores.of(arm, 0),
          scores.of(arm, 1),
          scores.of(arm, 2),
          scores.mean(arm),
          reference == null ? "" : reference);
    }
  }
}
