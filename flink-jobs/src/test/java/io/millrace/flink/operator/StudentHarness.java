package io.millrace.flink.operator;

import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.flink.graph.TestJobs;
import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.runs.FolderPublisher;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.line.MetricColumns;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.ReportLine;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.watch.DenseLine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;

/** The operator of one student, which gets days of small events. */
@SuppressWarnings("try") // Flink declares that close throws Exception
final class StudentHarness extends OneInputStreamOperatorTestHarness<GatedEvent, ReportLine> {

  static final int DAYS = 5;

  static final int PER_DAY = 200;

  static final List<ClickEvent> EVENTS = TestJobs.events(DAYS, PER_DAY, 0, 1);

  private StudentHarness(
      JobSpec job, ArmSpec arm, Path runDir, ModelPublisher publisher, Duration updates)
      throws Exception {
    super(factory(job, arm, runDir, publisher, updates));
  }

  private static OperatorFactory<GatedEvent, ReportLine> factory(
      JobSpec job, ArmSpec arm, Path runDir, ModelPublisher publisher, Duration updates) {
    StudentOperator.Options options =
        new StudentOperator.Options(
            7, runDir.toString(), Duration.ofMinutes(1), publisher, updates, null);
    return OperatorFactory.of(
        StudentOperator.class, p -> new StudentOperator(p, job, arm, options));
  }

  /** A student that publishes no model. */
  static StudentHarness of(JobSpec job, ArmSpec arm, Path runDir) throws Exception {
    return new StudentHarness(job, arm, runDir, TestJobs.publisher(), Duration.ZERO);
  }

  /** The first student of a job, which publishes no model. */
  static StudentHarness of(JobSpec job, Path runDir) throws Exception {
    return of(job, job.arms().get(0), runDir);
  }

  /** The first student of a job, which publishes its models in the run directory. */
  static StudentHarness publishing(JobSpec job, Path runDir) throws Exception {
    return updating(job, runDir, Duration.ZERO);
  }

  /** The same, which also emits updates. */
  static StudentHarness updating(JobSpec job, Path runDir, Duration updates) throws Exception {
    FolderPublisher publisher = new FolderPublisher(runDir.toString(), null, "t.updates");
    return new StudentHarness(job, job.arms().get(0), runDir, publisher, updates);
  }

  /** Sends the events of a day, each with its watermark, and the day's end. */
  void day(int day) throws Exception {
    learn(this, EVENTS.subList(day * PER_DAY, (day + 1) * PER_DAY));
    processWatermark(new Watermark(TestJobs.START + (day + 1) * TestJobs.DAY - 1));
  }

  /** Sends events to a teacher or student, each with the watermark just before it. */
  static void learn(
      OneInputStreamOperatorTestHarness<GatedEvent, ?> learner, List<ClickEvent> events)
      throws Exception {
    for (ClickEvent event : events) {
      learner.processElement(new StreamRecord<>(new GatedEvent(event, false), event.eventTime()));
      learner.processWatermark(new Watermark(event.eventTime() - 1));
    }
  }

  /** Opens the operator, which goes on from its state by mail. */
  @Override
  public void open() throws Exception {
    super.open();
    takeAllMail();
  }

  /** Waits for mail of the operator, and takes all. */
  void takeMail() throws Exception {
    await().pollInSameThread().until(getTaskMailbox()::hasMail);
    takeAllMail();
  }

  private void takeAllMail() throws Exception {
    TaskMailbox mailbox = getTaskMailbox();
    while (mailbox.hasMail()) {
      mailbox.take(0).run();
    }
  }

  /** Lines of metrics so far. */
  List<String> metrics() {
    return json(extractOutputValues());
  }

  /** Versions of the map in the lines of metrics so far. */
  List<String> mapVersions() {
    return metrics().stream()
        .map(json -> json.replaceAll(".*\"map_version\":([0-9]+).*", "$1"))
        .toList();
  }

  /** Lines of metrics alone. */
  static List<String> json(List<ReportLine> lines) {
    return lines.stream()
        .filter(line -> line.kind() == ReportLine.Kind.METRICS)
        .map(ReportLine::json)
        .toList();
  }

  /** The map of each day. */
  static List<MapVersion> maps(JobSpec job, List<ClickEvent> events) {
    return maps(job, events, new ArrayList<>());
  }

  /** The map of each day; adds the lines of metrics of a whole loop. */
  static List<MapVersion> maps(JobSpec job, List<ClickEvent> events, List<String> metrics) {
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
