package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.jobfile.JobConfig;
import io.millrace.snapshot.ModelFolder;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.Student;
import io.millrace.table.Combine;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: what {@code train} publishes and {@code score} reads predicts as the student in the loop
 * does, for every kind of arm, for ids it has never seen, and without labels; and it is as large as
 * the metrics say.
 */
class ScoreEqualsJobTest {

  private static final int TRAINED_DAYS = 3;
  private static final int TRAINED = TRAINED_DAYS * SmallStream.PER_DAY;

  @TempDir Path folder;

  @Test
  void everyArmScoresAsItsStudentDoes() throws IOException {
    String exact = SmallStream.job() + "publish: {rows: float32}\n";
    Path job = Files.writeString(folder.resolve("job.yaml"), exact);
    List<String> lines = SmallStream.lines(SmallStream.writeEvents(folder, TRAINED_DAYS + 1));
    Path train = Files.write(folder.resolve("train.csv"), lines.subList(0, 1 + TRAINED));
    Path unlabelled = Files.write(folder.resolve("unlabelled.csv"), withoutLabel(lines));
    Path run = folder.resolve("run");
    Commands.succeed("train", "--job", job, "--events", train, "--run-dir", run);

    JobConfig config = JobConfig.read(job);
    List<ClickEvent> events =
        SmallStream.events(SmallStream.stream(TRAINED_DAYS + 1), config.spec().schema());
    Publishers arms = new Publishers();
    try (TrainLoop loop = new TrainLoop(config.spec(), 0, arms, StageTimer.NONE)) {
      events.subList(0, TRAINED).forEach(loop::onEvent);
      loop.finish();
      assertThat(arms.students).hasSameSizeAs(config.spec().arms());
      for (Student arm : arms.students) {
        float[] expected = new float[SmallStream.PER_DAY];
        arm.model().score(events.subList(TRAINED, events.size()), expected);
        compare(arm, expected, score(run, arm, unlabelled));
        assertThat(arm.sizes().servingBytes() - tensorBytes(run, arm))
            .as(arm.spec().name())
            .isBetween(0L, madeOnReading(arm));
      }
    }
  }

  /** Most bytes that a server adds: of pruned tables where every 16th row's values start. */
  private static long madeOnReading(Student arm) {
    return arm.spec().table() == ArmSpec.Table.PEP
        ? arm.model().fields().stream().mapToLong(f -> 4L * (f.table().rows() / 16 + 1)).sum()
        : 0;
  }

  /** Law: every hash is among the arms, in every way to combine the rows of an id. */
  @Test
  void everyHashIsAmongTheArms() {
    Set<String> missing = new TreeSet<>();
    for (ArmSpec.Hash hash : ArmSpec.Hash.values()) {
      for (int tables : new int[] {1, 2}) {
        for (Combine combine : Combine.values()) {
          add(missing, hash, tables, combine);
        }
        add(missing, hash, tables, null);
      }
    }
    assertThat(missing).hasSizeGreaterThan(ArmSpec.Hash.values().length);
    for (ArmSpec arm : JobConfig.parse(SmallStream.job(), "job.yaml").spec().arms()) {
      missing.remove(name(arm));
    }
    assertThat(missing).isEmpty();
  }

  /** Adds the arm unless it makes no sense. */
  private static void add(Set<String> names, ArmSpec.Hash hash, int tables, Combine combine) {
    try {
      ArmSpec any = JobConfig.parse(SmallStream.job(), "job.yaml").spec().arms().get(0);
      ArmSpec.Options options =
          any.options()
              .with(ArmSpec.Options::combine, combine)
              .with(ArmSpec.Options::internalTables, tables);
      ArmSpec arm =
          new ArmSpec("a", hash, Budget.ratio(1), ArmSpec.Table.PLAIN, any.learner(), options);
      names.add(name(arm));
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining(" for hash ");
    }
  }

  private static String name(ArmSpec arm) {
    return arm.hash() + " of " + arm.lookups() + " rows, " + arm.combine();
  }

  /** Bytes of the tensors that were published last: the file without its header. */
  private static long tensorBytes(Path run, Student arm) throws IOException {
    Path models = run.resolve("models").resolve(arm.spec().name());
    Path file =
        models.resolve(ModelFolder.versionName(arm.modelVersion())).resolve(ModelFolder.TENSORS);
    ByteBuffer start = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    return start.capacity() - Long.BYTES - start.getLong();
  }

  private List<String> score(Path run, Student arm, Path events) throws IOException {
    Path output = folder.resolve(arm.spec().name() + ".csv");
    Path model = run.resolve("models").resolve(arm.spec().name());
    Commands.succeed("score", "--model", model, "--events", events, "--output", output);
    return SmallStream.lines(output);
  }

  private static void compare(Student arm, float[] expected, List<String> scored) {
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

  /** The students that have published. */
  private static final class Publishers extends QuietListener {
    final Set<Student> students = new LinkedHashSet<>();

    @Override
    public void publish(Student arm, Student.PublishCause cause) {
      students.add(arm);
    }
  }
}
