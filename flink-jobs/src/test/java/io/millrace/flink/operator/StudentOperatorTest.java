package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.flink.graph.TestJobs;
import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.runs.FolderPublisher;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.MetricColumns;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.ReportLine;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.watch.DenseLine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A student of a live job. */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class StudentOperatorTest {

  private static final int DAYS = 5;
  private static final int PER_DAY = 200;

  @TempDir Path runDir;

  private final JobSpec job = TestJobs.live();
  private final List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 0, 1);

  // days pass without a map; then maps take over as they come, but none before its window is past
  @Test
  void waitsForNoMapAndTakesNoneFromTheFuture() throws Exception {
    List<MapVersion> maps = maps();
    MapFolder folder = new MapFolder(runDir.resolve(RunFiles.MAPS));
    StudentOperator.Options options =
        new StudentOperator.Options(
            7, runDir.toString(), Duration.ofMinutes(1), TestJobs.publisher());
    try (var student =
        new OneInputStreamOperatorTestHarness<GatedEvent, ReportLine>(
            OperatorFactory.of(
                StudentOperator.class,
                p -> new StudentOperator(p, job, job.arms().get(0), options)))) {
      student.open();
      day(student, 0);
      day(student, 1);
      folder.store(maps.get(2));
      folder.store(maps.get(1));
      takeMail(student);
      day(student, 2);
      takeMail(student);
      day(student, 3);
      day(student, 4);
      assertThat(student.extractOutputValues())
          .filteredOn(line -> line.kind() == ReportLine.Kind.METRICS)
          .extracting(line -> line.json().replaceAll(".*\"map_version\":([0-9]+).*", "$1"))
          .containsExactly("0", "0", "2", "3", "3");
    }
  }

  private long needed(JobSpec job) throws IOException {
    return new MapFolder(runDir.resolve(RunFiles.MAPS))
        .neededFrom(List.of(StudentOperator.name(job.arms().get(0))));
  }

  // Law: maps that may be asked for after a restart are needed until a checkpoint is complete.
  // Law: while the map that is due is built, events are held back and barriers pass; with the map,
  // before or after a restore, the lines are those of the loop
  @Test
  void barriersPassWhileAMapIsBuilt() throws Exception {
    JobSpec waiting = TestJobs.learned(10_000, 0);
    List<String> wanted = new ArrayList<>();
    List<MapVersion> maps = maps(waiting, events, wanted);
    StudentOperator.Options options = options(runDir);
    OperatorSubtaskState middle;
    try (var student = harness(waiting, options)) {
      student.open();
      day(student, 0);
      day(student, 1);
      day(student, 2);
      middle = student.snapshot(1, 1);
      assertThat(json(student.extractOutputValues())).isEqualTo(wanted.subList(0, 1));
      assertThat(needed(waiting)).isEqualTo(Long.MIN_VALUE);
      Files.createDirectories(runDir.resolve(RunFiles.MAPS));
      student.notifyOfCompletedCheckpoint(1);
      assertThat(needed(waiting)).isEqualTo(maps.get(0).header().windowEnd());
      finish(student, maps, 3);
      student.snapshot(2, 2);
      student.snapshot(3, 3);
      assertThat(needed(waiting)).isEqualTo(maps.get(0).header().windowEnd());
      student.notifyOfCompletedCheckpoint(3);
      assertThat(needed(waiting)).isEqualTo(maps.get(DAYS - 1).header().windowEnd());
      assertThat(json(student.extractOutputValues())).isEqualTo(wanted);
    }
    try (var student = harness(waiting, options)) {
      student.initializeState(middle);
      student.open();
      finish(student, maps, 3);
      assertThat(json(student.extractOutputValues())).isEqualTo(wanted.subList(1, DAYS));
    }
  }

  // Law: a checkpoint written while the student trains on holds the student at its barrier
  @Test
  void aCheckpointHoldsTheStudentAtItsBarrier() throws Exception {
    StudentOperator.Options options = options(runDir);
    MemCheckpointStreamFactory storage = new MemCheckpointStreamFactory(1 << 24);
    CheckpointOptions how = CheckpointOptions.forCheckpointWithDefaultLocation();
    try (var student = harness(job, options)) {
      student.open();
      for (int day = 0; day < DAYS; day++) {
        OneInputStreamOperator<GatedEvent, ReportLine> operator = student.getOneInputOperator();
        OperatorSnapshotFutures atOnce = operator.snapshotState(3L * day, 0, how, storage);
        OperatorSnapshotFutures aborted = operator.snapshotState(3L * day + 1, 0, how, storage);
        OperatorSnapshotFutures later = operator.snapshotState(3L * day + 2, 0, how, storage);
        byte[] wanted = bytes(atOnce);
        aborted.cancel();
        day(student, day);
        assertThat(bytes(later)).hasSizeGreaterThan(1 << 20).isEqualTo(wanted);
        assertThat(aborted.getOperatorStateRawFuture().isCancelled()).isTrue();
      }
    }
  }

  private static byte[] bytes(OperatorSnapshotFutures futures) throws Exception {
    futures.getOperatorStateRawFuture().run();
    try (InputStream in =
        futures.getOperatorStateRawFuture().get().getJobManagerOwnedSnapshot().openInputStream()) {
      return in.readAllBytes();
    }
  }

  private static StudentOperator.Options options(Path runDir) {
    return new StudentOperator.Options(
        7, runDir.toString(), Duration.ofMinutes(1), TestJobs.publisher());
  }

  private static OneInputStreamOperatorTestHarness<GatedEvent, ReportLine> harness(
      JobSpec job, StudentOperator.Options options) throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(
            StudentOperator.class, p -> new StudentOperator(p, job, job.arms().get(0), options)));
  }

  /** Lets the maps appear, and the days from {@code from} come. */
  private void finish(
      OneInputStreamOperatorTestHarness<GatedEvent, ReportLine> student,
      List<MapVersion> maps,
      int from)
      throws Exception {
    MapFolder folder = new MapFolder(runDir.resolve(RunFiles.MAPS));
    for (MapVersion map : maps) {
      folder.store(map);
    }
    for (int day = from; day < DAYS; day++) {
      day(student, day);
    }
    student.getOneInputOperator().finish();
  }

  // a live student goes on with the map it has, and takes the next one that is whole
  @Test
  void aDamagedMapIsLeftOut() throws Exception {
    List<MapVersion> maps = maps();
    MapFolder folder = new MapFolder(runDir.resolve(RunFiles.MAPS));
    StudentOperator.Options options =
        new StudentOperator.Options(
            7, runDir.toString(), Duration.ofMinutes(1), TestJobs.publisher());
    try (var student =
        new OneInputStreamOperatorTestHarness<GatedEvent, ReportLine>(
            OperatorFactory.of(
                StudentOperator.class,
                p -> new StudentOperator(p, job, job.arms().get(0), options)))) {
      student.open();
      day(student, 0);
      folder.store(maps.get(0));
      takeMail(student);
      day(student, 1);
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
      day(student, 2);
      folder.store(maps.get(2));
      takeMail(student);
      day(student, 3);
      assertThat(student.extractOutputValues())
          .filteredOn(line -> line.kind() == ReportLine.Kind.METRICS)
          .extracting(line -> line.json().replaceAll(".*\"map_version\":([0-9]+).*", "$1"))
          .containsExactly("0", "1", "1", "3");
    }
  }

  // Law: a student that retrains under a mask goes on from a snapshot as if it had not stopped.
  @Test
  void retrainingGoesOnFromASnapshot() throws Exception {
    Path search = runDir.resolve("search");
    retrain("", search, new ArrayList<>(), 0, DAYS);
    Path mask = search.resolve(RunFiles.MODELS).resolve("pep");
    List<ReportLine> whole = new ArrayList<>();
    List<ReportLine> parts = new ArrayList<>();
    retrain(mask.toString(), runDir.resolve("whole"), whole, 0, DAYS);
    OperatorSubtaskState middle = retrain(mask.toString(), runDir.resolve("parts"), parts, 0, 2);
    retrain(mask.toString(), runDir.resolve("parts"), parts, 2, DAYS, middle);
    assertThat(json(parts)).hasSize(DAYS).isEqualTo(json(whole)).doesNotHaveDuplicates();
    assertThat(RunFacts.notes(TestJobs.pruned(mask.toString()), List.of(7L, 8L)))
        .containsExactly(
            "the mask of arm pep has seen the labels of events up to 2023-11-14T22:13:24.995Z:"
                + " only figures of later windows are predictions",
            "the mask of arm pep was found with seed 7: with seeds [8] weights start from other"
                + " values than in the search");
  }

  // Law: versions that cannot be written while the student learns leave the files and the
  // announcements that they would have left at once, of as many versions as the folder keeps.
  @Test
  void aFolderThatCannotBeWrittenIsCaughtUpWith() throws Exception {
    Path whole = runDir.resolve("whole");
    Path broken = runDir.resolve("broken");
    List<ReportLine> expected = new ArrayList<>();
    List<ReportLine> lines = new ArrayList<>();
    try (var student = student(whole);
        var other = student(broken)) {
      student.open();
      other.open();
      for (int day = 0; day < DAYS; day++) {
        day(student, day);
        if (day == 1) {
          block(broken);
        }
        day(other, day);
      }
      other.setProcessingTime(5000);
      assertThat(versions(other)).containsExactly("1");
      unblock(broken);
      other.setProcessingTime(10_000);
      assertThat(versions(student)).containsExactly("1", "2", "3", "4", "5");
      assertThat(versions(other)).containsExactly("1", "3", "4", "5");
      expected.addAll(student.extractOutputValues());
      lines.addAll(other.extractOutputValues());
    }
    assertThat(json(lines)).isEqualTo(json(expected));
    assertThat(announced(lines)).isSubsetOf(announced(expected));
    assertThat(content(broken)).isEqualTo(content(whole)).hasSize(3 * 2 + 1);
  }

  // Law: after a restart the newest version that was due is published, with the number it had
  @Test
  void aRestartPublishesWhatWasDue() throws Exception {
    var first = student(runDir);
    first.open();
    day(first, 0);
    block(runDir);
    day(first, 1);
    day(first, 2);
    OperatorSubtaskState state = first.snapshot(1, 1);
    assertThatThrownBy(first::close).isInstanceOf(IOException.class);

    var second = student(runDir);
    second.initializeState(state);
    second.open();
    second.setProcessingTime(5000);
    assertThat(versions(second)).isEmpty();
    state = second.snapshot(2, 2);
    assertThatThrownBy(second::close).isInstanceOf(IOException.class);

    unblock(runDir);
    for (int times = 0; times < 2; times++) { // the second time it lies there, and is said again
      try (var student = student(runDir)) {
        student.initializeState(state);
        student.open();
        student.setProcessingTime(5000);
        assertThat(versions(student)).containsExactly("3");
        day(student, 3);
        assertThat(versions(student)).containsExactly("3", "4");
      }
    }
  }

  // a job that ends says which versions are missing
  @Test
  void anEndWithoutItsModelsIsAFailure() throws Exception {
    var student = student(runDir);
    student.open();
    block(runDir);
    day(student, 0);
    assertThatThrownBy(student::close)
        .hasMessageStartingWith("student-learned has ended but cannot publish versions [1]: ")
        .hasMessageContaining(runDir.toString());
  }

  private OneInputStreamOperatorTestHarness<GatedEvent, ReportLine> student(Path folder)
      throws Exception {
    StudentOperator.Options options =
        new StudentOperator.Options(
            7,
            folder.toString(),
            Duration.ofMinutes(1),
            new FolderPublisher(folder.toString(), null));
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(
            StudentOperator.class, p -> new StudentOperator(p, job, job.arms().get(0), options)));
  }

  /** Puts a file where the arm's folder was, which not even root can write into. */
  private static void block(Path folder) throws IOException {
    Path arm = folder.resolve(RunFiles.MODELS).resolve("learned");
    Files.createDirectories(arm);
    Files.move(arm, folder.resolve("aside"));
    Files.createFile(arm);
  }

  private static void unblock(Path folder) throws IOException {
    Path arm = folder.resolve(RunFiles.MODELS).resolve("learned");
    if (Files.isRegularFile(arm)) {
      Files.delete(arm);
      Files.move(folder.resolve("aside"), arm);
    }
  }

  private static List<String> announced(List<ReportLine> lines) {
    return lines.stream()
        .filter(line -> line.kind() == ReportLine.Kind.MODEL)
        .map(ReportLine::json)
        .toList();
  }

  private static List<String> versions(
      OneInputStreamOperatorTestHarness<GatedEvent, ReportLine> student) {
    return announced(student.extractOutputValues()).stream()
        .map(json -> json.replaceAll(".*\"model_version\":([0-9]+).*", "$1"))
        .toList();
  }

  /** What lies in a run's models, by path. */
  private static Map<String, String> content(Path folder) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve(RunFiles.MODELS))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        content.put(
            folder.relativize(file).toString(),
            Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return content;
  }

  private static List<String> json(List<ReportLine> lines) {
    return lines.stream()
        .filter(line -> line.kind() == ReportLine.Kind.METRICS)
        .map(ReportLine::json)
        .toList();
  }

  /** Days {@code [from, to)} of an arm that prunes; its state at their end. */
  private OperatorSubtaskState retrain(
      String mask,
      Path folder,
      List<ReportLine> lines,
      int from,
      int to,
      OperatorSubtaskState... state)
      throws Exception {
    JobSpec pruned = TestJobs.pruned(mask);
    StudentOperator.Options options =
        new StudentOperator.Options(
            7,
            folder.toString(),
            Duration.ofMinutes(1),
            new FolderPublisher(folder.toString(), null));
    try (var student =
        new OneInputStreamOperatorTestHarness<GatedEvent, ReportLine>(
            OperatorFactory.of(
                StudentOperator.class,
                p -> new StudentOperator(p, pruned, pruned.arms().get(0), options)))) {
      if (state.length > 0) {
        student.initializeState(state[0]);
      }
      student.open();
      for (int day = from; day < to; day++) {
        day(student, day);
      }
      OperatorSubtaskState end = student.snapshot(1, 1);
      lines.addAll(student.extractOutputValues());
      return end;
    }
  }

  private void day(OneInputStreamOperatorTestHarness<GatedEvent, ReportLine> student, int day)
      throws Exception {
    for (ClickEvent event : events.subList(day * PER_DAY, (day + 1) * PER_DAY)) {
      student.processElement(new StreamRecord<>(new GatedEvent(event, false), event.eventTime()));
      student.processWatermark(new Watermark(event.eventTime() - 1));
    }
    student.processWatermark(new Watermark(TestJobs.START + (day + 1) * TestJobs.DAY - 1));
  }

  static void takeMail(OneInputStreamOperatorTestHarness<GatedEvent, ReportLine> student)
      throws Exception {
    TaskMailbox mailbox = student.getTaskMailbox();
    await().pollInSameThread().until(mailbox::hasMail);
    while (mailbox.hasMail()) {
      mailbox.take(0).run();
    }
  }

  /** The map of each day. */
  private List<MapVersion> maps() {
    return maps(job, events);
  }

  static List<MapVersion> maps(JobSpec job, List<ClickEvent> events) {
    return maps(job, events, new ArrayList<>());
  }

  private static List<MapVersion> maps(JobSpec job, List<ClickEvent> events, List<String> metrics) {
    List<MapVersion> maps = new ArrayList<>();
    TrainLoop.Listener listener =
        new TrainLoop.Listener() {
          @Override
          public void metrics(MetricLine line) {
            metrics.add(MetricColumns.LINE.json(line));
          }

          @Override
          public void publish(Student arm, Student.PublishCause cause) {}

          @Override
          public void maps(int field, MapBuilder.Result result) {
            maps.addAll(result.maps());
          }

          @Override
          public void switched(SwitchLine line) {}

          @Override
          public void dense(DenseLine line) {}
        };
    try (TrainLoop loop = new TrainLoop(job, 7, listener, StageTimer.NONE)) {
      events.forEach(loop::onEvent);
      loop.finish();
    }
    return maps;
  }
}
