package io.millrace.flink.operator;

import static io.millrace.flink.operator.StudentHarness.DAYS;
import static io.millrace.flink.operator.StudentHarness.EVENTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.flink.graph.TestJobs;
import io.millrace.hash.MapVersion;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Laws of a student that waits for maps, or takes them as they come. */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class StudentMapsTest {

  @TempDir Path runDir;

  private final JobSpec job = TestJobs.live();

  // Law: a live student learns without a map, then takes maps as they come, but none before its
  // window has ended.
  @Test
  void waitsForNoMapAndTakesNoneFromTheFuture() throws Exception {
    List<MapVersion> maps = StudentHarness.maps(job, EVENTS);
    MapFolder folder = new MapFolder(runDir.resolve(RunFiles.MAPS));
    try (var student = StudentHarness.of(job, runDir)) {
      student.open();
      student.day(0);
      student.day(1);
      folder.store(maps.get(2));
      folder.store(maps.get(1));
      student.takeMail();
      student.day(2);
      student.takeMail();
      student.day(3);
      student.day(4);
      assertThat(student.mapVersions()).containsExactly("0", "0", "2", "3", "3");
    }
  }

  private long needed(JobSpec job) throws IOException {
    return new MapFolder(runDir.resolve(RunFiles.MAPS))
        .neededFrom(List.of(StudentOperator.name(job.arms().get(0))));
  }

  // Law: maps that may be asked for after a restart are needed until a checkpoint is complete.
  // Law: while the map that is due is built, events are held back and barriers pass; with the map,
  // before or after a restore, the lines are those of the loop.
  @Test
  void barriersPassWhileAMapIsBuilt() throws Exception {
    JobSpec waiting = TestJobs.learned(10_000, 0);
    List<String> wanted = new ArrayList<>();
    List<MapVersion> maps = StudentHarness.maps(waiting, EVENTS, wanted);
    OperatorSubtaskState middle;
    try (var student = StudentHarness.of(waiting, runDir)) {
      student.open();
      student.day(0);
      student.day(1);
      student.day(2);
      middle = student.snapshot(1, 1);
      assertThat(student.metrics()).isEqualTo(wanted.subList(0, 1));
      assertThat(needed(waiting)).isEqualTo(Long.MIN_VALUE);
      Files.createDirectories(runDir.resolve(RunFiles.MAPS).resolve("kind"));
      student.notifyOfCompletedCheckpoint(1);
      assertThat(needed(waiting)).isEqualTo(maps.get(0).header().windowEnd());
      finish(student, maps, 3);
      student.snapshot(2, 2);
      student.snapshot(3, 3);
      assertThat(needed(waiting)).isEqualTo(maps.get(0).header().windowEnd());
      student.notifyOfCompletedCheckpoint(3);
      assertThat(needed(waiting)).isEqualTo(maps.get(DAYS - 1).header().windowEnd());
      assertThat(student.metrics()).isEqualTo(wanted);
    }
    try (var student = StudentHarness.of(waiting, runDir)) {
      student.initializeState(middle);
      student.open();
      finish(student, maps, 3);
      assertThat(student.metrics()).isEqualTo(wanted.subList(1, DAYS));
    }
  }

  /** Lets the maps appear, and the days from {@code from} come. */
  private void finish(StudentHarness student, List<MapVersion> maps, int from) throws Exception {
    MapFolder folder = new MapFolder(runDir.resolve(RunFiles.MAPS));
    for (MapVersion map : maps) {
      folder.store(map);
    }
    for (int day = from; day < DAYS; day++) {
      student.day(day);
    }
    student.getOneInputOperator().finish();
  }

  // Law: a student that goes over to live waits for the maps of windows that end before, and its
  // lines are those of the loop so far; then it waits for none, takes those that come, and lets
  // builders delete all that it does not use. A restart from before goes the same way.
  @Test
  void goesOverToLive() throws Exception {
    JobSpec until = TestJobs.goingLive();
    List<String> wanted = new ArrayList<>();
    List<MapVersion> maps = StudentHarness.maps(until, EVENTS, wanted);
    MapFolder folder = new MapFolder(runDir.resolve(RunFiles.MAPS));
    folder.store(maps.get(0));
    OperatorSubtaskState middle;
    List<String> lines;
    try (var student = StudentHarness.of(until, runDir)) {
      student.open();
      student.day(0);
      student.day(1); // waits for its first map
      student.takeMail();
      middle = student.snapshot(1, 1);
      student.day(2);
      student.notifyOfCompletedCheckpoint(1);
      assertThat(needed(until)).isEqualTo(maps.get(1).header().windowEnd());
      assertThat(student.metrics()).isEqualTo(wanted.subList(0, 2)); // the second map is not there
      folder.goLive(maps.get(1).header().windowEnd());
      student.takeMail();
      assertThat(student.metrics()).hasSize(3);
      folder.store(maps.get(2));
      student.processWatermark(new Watermark(TestJobs.START + 3 * TestJobs.DAY - 1));
      Thread.sleep(2500); // it looks each second
      student.takeMail();
      student.day(3);
      student.day(4);
      assertThat(student.mapVersions()).containsExactly("0", "1", "1", "3", "3");
      student.snapshot(2, 2);
      student.notifyOfCompletedCheckpoint(2);
      assertThat(needed(until)).isEqualTo(Long.MAX_VALUE);
      lines = student.metrics();
    }
    try (var student = StudentHarness.of(until, runDir)) {
      student.initializeState(middle);
      student.open();
      student.takeMail();
      student.day(2);
      assertThat(student.metrics()).isEqualTo(lines.subList(2, 3));
    }
  }

  // Law: a live student leaves out a damaged map, goes on with the one it has, and takes the next.
  @Test
  void aDamagedMapIsLeftOut() throws Exception {
    List<MapVersion> maps = StudentHarness.maps(job, EVENTS);
    MapFolder folder = new MapFolder(runDir.resolve(RunFiles.MAPS));
    try (var student = StudentHarness.of(job, runDir)) {
      student.open();
      student.day(0);
      folder.store(maps.get(0));
      student.takeMail();
      student.day(1);
      MapVersion map = maps.get(1);
      folder.store(map);
      Path file =
          runDir
              .resolve(RunFiles.MAPS)
              .resolve(MapFolder.folder(map.header().spec(), map.field()))
              .resolve(map.fileName());
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
      assertThatThrownBy(
              () -> folder.find(map.header().spec(), map.field(), map.header().windowEnd()))
          .hasMessageMatching(
              file + ": damaged, its checksum must be [0-9a-f]{16} but is [0-9a-f]{16}");
      Thread.sleep(2500); // it looks each second
      student.day(2);
      folder.store(maps.get(2));
      student.takeMail();
      student.day(3);
      assertThat(student.mapVersions()).containsExactly("0", "1", "1", "3");
    }
  }
}
