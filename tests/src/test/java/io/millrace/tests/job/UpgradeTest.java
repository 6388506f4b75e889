package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.ModelFolder;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a job whose file has changed goes on from its savepoint where it can, and what has not
 * changed in it goes on to the bit; where it cannot, one line says why before it starts.
 */
@Timeout(300)
class UpgradeTest {

  private static final int DAY = SmallStream.PER_DAY;
  private static final String ARMS =
      "arms: [{name: full, hash: full}, {name: %s}, {name: learned, hash: learned, table: mlet}]";

  @TempDir Path folder;

  @Test
  void goesOnWithAChangedJobFile() throws Exception {
    Path events = SmallStream.writeEvents(folder, 4);
    Path run = folder.resolve("run");
    JobFile file;
    Path job;
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      file = JobFile.of(broker, 1);
      job = file.write(folder);
      Replays replays = new Replays(job, events);
      replays.send(DAY * 3 / 2);
      Path first = stopAfter(1, RunningJob.start(job, run));
      refuse(file.text(), run, first);
      // an arm goes, another comes, and what can runs in parallel
      JobFile changed = file.with(ARMS.formatted("modulo, hash: modulo"));
      changed.with("parallelism: {counts: 3, maps: 3}").write(folder);
      replays.send(DAY);
      RunningJob second = RunningJob.start(job, run, "--from", first);
      second.untilSaid(
          "note: student-hot-kept is in the savepoint but not in the job file: it ends here");
      second.untilSaid(
          "note: student-modulo is in the job file but not in the savepoint: it starts anew");
      assertThat(second.console().lines().filter(line -> line.contains("the savepoint")))
          .hasSize(2);
      Path last = stopAfter(2, second);
      changed.with("parallelism: {counts: 1, maps: 2}").write(folder);
      replays.send(DAY * 3 / 2);
      stopAfter(3, RunningJob.start(job, run, "--from", last));
    }
    file.write(folder);
    Path train = folder.resolve("train");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
    for (String arm : List.of("full", "learned")) {
      assertThat(lines(run, arm)).hasSize(3).isEqualTo(lines(train, arm).subList(0, 3));
      String tensors = ModelFolder.versionName(3) + "/model.safetensors";
      assertThat(run.resolve(RunFiles.MODELS).resolve(arm).resolve(tensors))
          .hasSameBinaryContentAs(train.resolve(RunFiles.MODELS).resolve(arm).resolve(tensors));
    }
    assertThat(lines(run, "hot-kept")).isEqualTo(lines(train, "hot-kept").subList(0, 1));
    assertThat(lines(run, "modulo")).hasSize(2).doesNotHaveDuplicates();
    assertThat(Commands.succeed("report", "--run-dir", run).out()).contains("report.html");
  }

  /** Metric lines of an arm. */
  private static List<String> lines(Path run, String arm) throws IOException {
    Path file = run.resolve(RunFiles.METRICS);
    List<String> all = Files.exists(file) ? SmallStream.lines(file) : List.of();
    return all.stream().filter(line -> line.contains("\"arm\":\"" + arm + "\"")).toList();
  }

  /** Stops a job when so many days have closed; its savepoint. */
  private static Path stopAfter(int days, RunningJob job) {
    try (job) {
      job.until(
          () ->
              lines(job.runDir(), "full").size() == days
                  && lines(job.runDir(), "learned").size() == days);
    }
    Matcher said = Pattern.compile("stopped; go on with --from (.*)").matcher(job.console());
    assertThat(said.find()).as(job.console()).isTrue();
    return Path.of(said.group(1));
  }

  /** Each change that the saved state does not bear, and what is said of it. */
  private void refuse(String job, Path run, Path from) throws IOException {
    String newRun = "; put it back, or start a new run without --from";
    String rename = "; put it back, or give the arm another name, under which it starts anew";
    String must = " must stay %s, as in the saved state, but was %s";
    Map<String, String> said = new LinkedHashMap<>();
    said.put(
        job.replace("f7: 30000}", "f7: 40000}"),
        "student-hot-kept: rows of field f7" + must.formatted(3000, 4000) + rename);
    said.put(
        job.replace("  dense:\n    - {columns: d0..d3}\n", ""),
        "arm full: schema.dense must keep one of [d0, d1, d2, d3], as a network without dense"
            + " columns learns with a constant in their place; put the columns back, or give the"
            + " arm another name, under which it starts anew");
    said.put(
        job.replace("columns: d0..d3", "columns: d0..d2, transform: log1p"),
        "schema.dense 'd0' had transform: Identity[], missing: 0.0 in the savepoint but has"
            + " transform: Log1p[scale=1.0], missing: 0.0: it must stay where columns are added or"
            + " dropped; put it back");
    said.put(
        job.replace("student: {dim: 8", "student: {dim: 16"),
        "student-full: student.dim" + must.formatted(8, 16) + rename);
    said.put(
        job.replace("student: {dim: 8", "student: {table: {rule: adam}, dim: 8"),
        "student-full: student.table.rule" + must.formatted("rowwise-adagrad", "adam") + rename);
    said.put(
        job.replace("teacher: {dim: 2", "teacher: {dim: 4"),
        "teacher: teacher.dim" + must.formatted(2, 4) + newRun);
    said.put(job + "counts: {shards: 8}\n", "job: counts.shards" + must.formatted(16, 8) + newRun);
    said.put(
        job.replace("name: small", "name: big"),
        "job: kafka.events" + must.formatted("small.events", "big.events") + newRun);
    for (Map.Entry<String, String> change : said.entrySet()) {
      Path changed = Files.writeString(folder.resolve("changed.yaml"), change.getKey());
      assertThat(change.getKey()).isNotEqualTo(job);
      Commands.Outcome outcome =
          Commands.run("run", "--job", changed, "--run-dir", run, "--from", from);
      assertThat(outcome.err()).contains(change.getValue());
      assertThat(outcome.err().lines()).hasSize(1);
      assertThat(outcome.code()).isEqualTo(2);
    }
  }
}
