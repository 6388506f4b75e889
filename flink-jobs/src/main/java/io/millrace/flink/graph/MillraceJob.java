package io.millrace.flink.graph;

import io.millrace.flink.operator.CombineOperator;
import io.millrace.flink.operator.CountOperator;
import io.millrace.flink.operator.GateOperator;
import io.millrace.flink.operator.KafkaWatchOperator;
import io.millrace.flink.operator.LineFileOperator;
import io.millrace.flink.operator.MapOperator;
import io.millrace.flink.operator.RefreshDecisions;
import io.millrace.flink.operator.ReplicaOperator;
import io.millrace.flink.operator.StudentOperator;
import io.millrace.flink.operator.StudentReplicas;
import io.millrace.flink.operator.StudentUpdating;
import io.millrace.flink.operator.TeacherOperator;
import io.millrace.flink.operator.TotalsOperator;
import io.millrace.flink.operator.TotalsOutput;
import io.millrace.flink.operator.WatchOperator;
import io.millrace.flink.operator.WebhookOperator;
import io.millrace.jobfile.Settings;
import io.millrace.replica.ReplicaCommand;
import io.millrace.runs.ModelPublisher;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.MapWaiting;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.state.ReportLine;
import io.millrace.state.SourceRecord;
import io.millrace.state.UpdateChunk;
import io.millrace.state.WatchPiece;
import io.millrace.student.StateFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.operators.SlotSharingGroup;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The training job.
 *
 * <pre>
 *                          ┌─► combine ─► counts ─┐
 *  Kafka ─► source ─► gate ┼─► teacher(s) ────────┴─► maps ┄┄► map files
 *                     │    │                           │           ┊
 *                     │    └─► student of each arm ◄┄┄┄│┄┄┄┄┄┄┄┄┄┄┄┘
 *                     │                 │              │
 *                     │                 ├──────────────┼───────► updates ─► Kafka
 *                     │                 ├─► replicas ┄┄┼┄┄► changes ┄► the student, by Kafka
 *                     │                 └──────────────┼───────► files ─► Kafka
 *                     │     watch, watch-students ─────┤
 *                     │     totals ────────────────────┤
 *                     ├─► kafka-watch ─────────────────┘
 *                     └─► rejects ─► Kafka
 * </pre>
 *
 * <p>The two watches read the side outputs of combine, teacher and students; totals reads the
 * {@link io.millrace.state.TotalsDelta}s of all operators. kafka-watch looks for what consumers
 * tolerate and holds the lease of the topics.
 *
 * <p>Maps reach the students as files (dotted lines), so the graph has no loop. Where changes make
 * maps due, the decisions of the watch travel the same way: they determine when counts and teachers
 * emit what maps are built from, and when students switch to new maps. Every operator has a fixed
 * uid, so that its state is found again when other operators change. What replicas have changed
 * travels back to their student by a topic.
 *
 * <p>Each step below takes the streams that it reads and returns the operator that it added, with
 * its main output and its side outputs.
 */
final class MillraceJob {

  /** Decisions about maps come several times a pane, and a replay waits for each of them. */
  private static final long DECISION_BUFFER_MS = 10;

  /** A student waits for what replicas do at the end of each interval. */
  private static final long COMMAND_BUFFER_MS = 5;

  private final JobSpec job;
  private final GraphOptions options;
  private final String runDir;
  private final long seed;
  private final ModelPublisher publisher;

  private MillraceJob(
      JobSpec job, GraphOptions options, String runDir, long seed, ModelPublisher publisher) {
    this.job = job;
    this.options = options;
    this.runDir = runDir;
    this.seed = seed;
    this.publisher = publisher;
  }

  /**
   * Adds the job to an environment.
   *
   * @param runDir where results go, an absolute path or a URI; all machines must see it
   * @param seed root of all random numbers
   * @param ends end offset of each partition, exclusive; empty for a job without end
   */
  static void build(
      StreamExecutionEnvironment env,
      JobSpec job,
      GraphOptions options,
      String runDir,
      long seed,
      ModelPublisher publisher,
      List<Long> ends) {
    new MillraceJob(job, options, runDir, seed, publisher).build(env, ends);
  }

  /** For each teacher of a job, whether it is the second one. */
  static List<Boolean> teachersOf(JobSpec job) {
    if (!job.needsTeacher()) {
      return List.of();
    }
    return job.secondTeacher() ? List.of(false, true) : List.of(false);
  }

  private void build(StreamExecutionEnvironment env, List<Long> ends) {
    env.configure(FlinkSettings.of(options.checkpoints()));
    if (job.hash().refresh().byDrift()) {
      env.setBufferTimeout(Math.min(env.getBufferTimeout(), DECISION_BUFFER_MS));
    }
    if (job.arms().stream().anyMatch(arm -> arm.replicas() > 1)) {
      env.setBufferTimeout(Math.min(env.getBufferTimeout(), COMMAND_BUFFER_MS));
      // A student goes on with replicas that have done all that it had told them.
      env.getCheckpointConfig().enableUnalignedCheckpoints(false);
    }
    KafkaConnectors kafka = new KafkaConnectors(options);
    var events = gate(kafka.readEvents(env, job, ends));
    var students = job.arms().stream().map(arm -> student(events, arm)).toList();
    var replicas = replicas(students, kafka);
    var combined = combine(events);
    var counts = counts(combined);
    var teachers = teachersOf(job).stream().map(second -> teacher(events, second)).toList();
    var maps = maps(counts, teachers);

    DataStream<ReportLine> alerts = webhook(watch(combined, teachers, students));
    List<SingleOutputStreamOperator<?>> trainers = new ArrayList<>(students);
    trainers.addAll(replicas);
    trainers.add(combined);
    trainers.add(counts);
    trainers.addAll(teachers);
    trainers.add(maps);
    var totals = totals(events, trainers);

    var warnings = events.getSideOutput(GateOperator.WARNINGS);
    var watched = kafkaWatch(events, ends.isEmpty());
    var lines = Operators.union(students, s -> s).union(maps, alerts, totals, warnings, watched);
    kafka.writeResults(files(lines));
    kafka.writeRejects(events.getSideOutput(GateOperator.REJECTS));
    if (!options.updates().isZero()) {
      kafka.writeUpdates(Operators.union(students, s -> s.getSideOutput(StudentUpdating.UPDATES)));
    }
  }

  private SingleOutputStreamOperator<GatedEvent> gate(DataStream<SourceRecord> records) {
    JobSpec spec = job;
    Duration idleAfter = options.idleness();
    return Operators.add(
        records,
        "gate",
        options.readers(),
        new GatedEvent.Format(),
        GateOperator.class,
        p -> new GateOperator(p, spec, idleAfter));
  }

  private SingleOutputStreamOperator<ReportLine> kafkaWatch(
      SingleOutputStreamOperator<GatedEvent> gate, boolean endless) {
    KafkaWatchOperator.Options watch =
        new KafkaWatchOperator.Options(
            options.kafka(),
            options.topics(),
            job.mapGrid(),
            options.idleness(),
            endless,
            endless && job.student().waitForMaps() == MapWaiting.UNTIL_LIVE ? runDir : null,
            options.holder());
    return Operators.lines(
        gate.getSideOutput(GateOperator.PROGRESS),
        "kafka-watch",
        KafkaWatchOperator.class,
        p -> new KafkaWatchOperator(p, watch));
  }

  private SingleOutputStreamOperator<CountDelta> combine(DataStream<GatedEvent> events) {
    var watchGrid = job.watchGrid();
    var mapGrid = job.mapGrid();
    List<Integer> fields = job.schema().fieldNumbers();
    int shards = job.counts().shards();
    int entries = options.combineEntries();
    return Operators.add(
        events,
        "combine",
        options.readers(),
        new CountDelta.Format(),
        CombineOperator.class,
        p -> new CombineOperator(p, watchGrid, mapGrid, fields, shards, entries));
  }

  private SingleOutputStreamOperator<MapPiece> counts(DataStream<CountDelta> deltas) {
    var counts = job.counts();
    List<Integer> dropped = job.dropped();
    long pageBytes = options.pageBytes();
    RefreshDecisions.Source refreshes = refreshes();
    return Operators.add(
        deltas.keyBy(CountDelta::shard, Types.INT),
        "counts",
        options.counters(),
        new MapPiece.Format(),
        CountOperator.class,
        p -> new CountOperator(p, refreshes, dropped, counts, pageBytes));
  }

  private RefreshDecisions.Source refreshes() {
    return RefreshDecisions.Source.of(job, runDir, options.mapTimeout());
  }

  private SingleOutputStreamOperator<MapPiece> teacher(
      DataStream<GatedEvent> events, boolean second) {
    JobSpec spec = job;
    long root = seed;
    RefreshDecisions.Source refreshes = refreshes();
    String name = TeacherOperator.name(second);
    SingleOutputStreamOperator<MapPiece> teacher =
        Operators.add(
                events,
                name,
                1,
                new MapPiece.Format(),
                TeacherOperator.class,
                p -> new TeacherOperator(p, spec, second, root, refreshes))
            .startNewChain();
    if (options.gpu()) {
      teacher.slotSharingGroup(
          SlotSharingGroup.newBuilder(name)
              .setCpuCores(1)
              .setTaskHeapMemoryMB(1024)
              .setExternalResource("gpu", 1)
              .build());
    }
    return teacher;
  }

  private SingleOutputStreamOperator<ReportLine> maps(
      DataStream<MapPiece> counts, List<? extends DataStream<MapPiece>> teachers) {
    JobSpec spec = job;
    long root = seed;
    String dir = runDir;
    DataStream<MapPiece> pieces = counts;
    for (DataStream<MapPiece> teacher : teachers) {
      pieces = pieces.union(teacher);
    }
    return Operators.add(
        pieces.keyBy(MapPiece::field, Types.INT),
        "maps",
        options.builders(),
        new ReportLine.Format(),
        MapOperator.class,
        p -> new MapOperator(p, spec, root, dir));
  }

  private SingleOutputStreamOperator<ReportLine> student(
      DataStream<GatedEvent> events, ArmSpec arm) {
    JobSpec spec = job;
    StudentOperator.Options student =
        new StudentOperator.Options(
            seed,
            runDir,
            options.mapTimeout(),
            publisher,
            options.updates(),
            new StudentReplicas.Place(
                options.kafka(), options.topics().changes(), job.arms().indexOf(arm)));
    return Operators.lines(
            events,
            StudentOperator.name(arm),
            StudentOperator.class,
            p -> new StudentOperator(p, spec, arm, student))
        .startNewChain();
  }

  /** The replicas of each arm that has several. */
  private List<SingleOutputStreamOperator<UpdateChunk>> replicas(
      List<SingleOutputStreamOperator<ReportLine>> students, KafkaConnectors kafka) {
    List<SingleOutputStreamOperator<UpdateChunk>> all = new ArrayList<>();
    for (int a = 0; a < students.size(); a++) {
      ArmSpec arm = job.arms().get(a);
      if (arm.replicas() > 1) {
        all.add(replicas(students.get(a).getSideOutput(StudentReplicas.COMMANDS), arm));
        kafka.writeChanges(all.get(all.size() - 1), ReplicaOperator.name(arm), replicaTasks(arm));
      }
    }
    return all;
  }

  private SingleOutputStreamOperator<UpdateChunk> replicas(
      DataStream<ReplicaCommand> commands, ArmSpec arm) {
    JobSpec spec = job;
    long root = seed;
    return Operators.add(
        commands.partitionCustom(ReplicaOperator::subtask, ReplicaCommand::replica),
        ReplicaOperator.name(arm),
        replicaTasks(arm),
        new UpdateChunk.Format(),
        ReplicaOperator.class,
        p -> new ReplicaOperator(p, spec, arm, root));
  }

  private int replicaTasks(ArmSpec arm) {
    return Math.min(arm.replicas(), options.replicaTasks());
  }

  /** The watch over traffic and the first teacher, if there is one, and that over the students. */
  private DataStream<ReportLine> watch(
      SingleOutputStreamOperator<?> combined,
      List<? extends SingleOutputStreamOperator<?>> teachers,
      List<? extends SingleOutputStreamOperator<?>> students) {
    DataStream<WatchPiece> ofTeacher =
        teachers.isEmpty()
            ? combined.getSideOutput(WatchOperator.NOTHING)
            : teachers.get(0).getSideOutput(WatchOperator.PIECES);
    return watch(WatchOperator.NAME, combined.getSideOutput(WatchOperator.PIECES), ofTeacher, false)
        .union(
            watch(
                WatchOperator.OF_STUDENTS,
                Operators.union(students, student -> student.getSideOutput(WatchOperator.PIECES)),
                students.get(0).getSideOutput(WatchOperator.NOTHING),
                true));
  }

  private DataStream<ReportLine> watch(
      String name, DataStream<WatchPiece> first, DataStream<WatchPiece> second, boolean students) {
    return Operators.lines(first, second, name, new WatchOperator(job, seed, students, runDir));
  }

  /**
   * The lines of the watch; if there is a URL, an operator posts the alerts and forwards all lines.
   */
  private DataStream<ReportLine> webhook(DataStream<ReportLine> lines) {
    String url = options.webhook();
    return url.isEmpty()
        ? lines
        : Operators.lines(
            lines, "webhook", WebhookOperator.class, p -> new WebhookOperator(p, url));
  }

  private DataStream<ReportLine> totals(
      SingleOutputStreamOperator<?> gate, List<SingleOutputStreamOperator<?>> trainers) {
    return Operators.lines(
        gate.getSideOutput(TotalsOutput.TAG),
        Operators.union(trainers, trainer -> trainer.getSideOutput(TotalsOutput.TAG)),
        "totals",
        new TotalsOperator(job, seed));
  }

  private DataStream<ReportLine> files(DataStream<ReportLine> lines) {
    String dir = runDir;
    Settings settings = options.settings();
    StateFacts facts = StateFacts.ofJob(job, seed, options.topics().events());
    return Operators.lines(
        lines, "files", LineFileOperator.class, p -> new LineFileOperator(p, dir, settings, facts));
  }
}
