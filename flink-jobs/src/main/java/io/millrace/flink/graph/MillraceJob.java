package io.millrace.flink.graph;

import io.millrace.flink.operator.CombineOperator;
import io.millrace.flink.operator.CountOperator;
import io.millrace.flink.operator.EventRecordDecoder;
import io.millrace.flink.operator.EventWatermarks;
import io.millrace.flink.operator.GateOperator;
import io.millrace.flink.operator.LineFileOperator;
import io.millrace.flink.operator.MapOperator;
import io.millrace.flink.operator.OperatorFactory;
import io.millrace.flink.operator.RefreshDecisions;
import io.millrace.flink.operator.StudentOperator;
import io.millrace.flink.operator.Tallies;
import io.millrace.flink.operator.TeacherOperator;
import io.millrace.flink.operator.TotalsOperator;
import io.millrace.flink.operator.WatchOperator;
import io.millrace.flink.operator.WebhookOperator;
import io.millrace.kafka.Topics;
import io.millrace.runs.ModelPublisher;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.state.RecordType;
import io.millrace.state.ReportLine;
import io.millrace.state.SourceRecord;
import io.millrace.state.Tally;
import io.millrace.state.WatchPiece;
import io.millrace.student.StateFacts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.operators.SlotSharingGroup;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.common.TopicPartition;

/**
 * The training job.
 *
 * <pre>
 *                          ┌─► combine ─► counts ─┐
 *  Kafka ─► source ─► gate ┼─► teacher(s) ────────┼─► maps ──┐
 *                     │    └─► student of each arm ◄┄┄ files ┤
 *                     │             └────────────────────────┼─► files ─► Kafka
 *  sub-windows of  ┄┄►┼─► watch, watch-students ─────────────┤
 *  combine, teacher,  │                                      │
 *  students           │                                      │
 *      tallies of all ┼─► totals ────────────────────────────┘
 *                     └─► rejects ─► Kafka
 * </pre>
 *
 * <p>Maps reach the students as files, the dotted line, so the graph has no loop. So does, where
 * changes make new maps due, what the watch decides: when counts and teachers give what maps are
 * built from, and students take them. Every operator has a fixed uid: state is found again whatever
 * else changes in the graph.
 */
public final class MillraceJob {

  /** Key groups: the bound on any operator's parallelism, fixed for the life of a job's state. */
  public static final int MAX_PARALLELISM = 128;

  /** A reader drains one partition's fetch before the next one's, so this bounds their skew. */
  private static final int FETCH_BYTES = 1 << 16;

  /** Decisions about maps travel several times a pane, and a replay waits for each. */
  private static final long DECISION_BUFFER_MS = 10;

  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

  private final StreamExecutionEnvironment env;
  private final JobSpec job;
  private final GraphOptions options;
  private final String runDir;
  private final long seed;
  private final ModelPublisher publisher;

  /** Of all operators but the gate. */
  private final List<DataStream<Tally>> tallies = new ArrayList<>();

  /** What is watched: of the readers, of the teacher if there is one, and of the students. */
  private DataStream<WatchPiece> traffic;

  private DataStream<WatchPiece> teacherLosses;
  private final List<SingleOutputStreamOperator<ReportLine>> students = new ArrayList<>();

  private MillraceJob(
      StreamExecutionEnvironment env,
      JobSpec job,
      GraphOptions options,
      Path runDir,
      long seed,
      ModelPublisher publisher) {
    this.env = env;
    this.job = job;
    this.options = options;
    this.runDir = runDir.toAbsolutePath().toString();
    this.seed = seed;
    this.publisher = publisher;
  }

  /**
   * Adds the job to an environment.
   *
   * @param runDir where results go; on a cluster a directory that all machines see
   * @param seed root of all random numbers
   * @param ends where each partition ends, exclusive, for a job that ends; empty for one that does
   *     not
   */
  public static void build(
      StreamExecutionEnvironment env,
      JobSpec job,
      GraphOptions options,
      Path runDir,
      long seed,
      ModelPublisher publisher,
      List<Long> ends) {
    new MillraceJob(env, job, options, runDir, seed, publisher).build(ends);
  }

  /** Settings of Flink that the job relies on, for the environment it is built in. */
  public static Configuration settings(GraphOptions.Checkpoints checkpoints) {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    flink.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
    flink.set(StateBackendOptions.STATE_BACKEND, checkpoints.backend());
    if (checkpoints.attempts() == 0) {
      flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    } else {
      flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
      flink.set(
          RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, checkpoints.attempts());
      flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, checkpoints.delay());
    }
    if (checkpoints.enabled()) {
      flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpoints.interval());
      flink.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
      flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.directory());
      flink.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
      flink.set(
          CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
          ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    }
    return flink;
  }

  /**
   * Which operators keep what they are laid out by, by name; arms by that of their student.
   *
   * @param seed root of all random numbers
   */
  public static Map<String, Savepoint.Part> parts(JobSpec job, Topics topics, long seed) {
    Map<String, Savepoint.Part> parts = new LinkedHashMap<>();
    parts.put(
        LineFileOperator.NAME,
        new Savepoint.Part(
            Set.of(LineFileOperator.FORMAT), StateFacts.ofJob(job, seed, topics.events())));
    parts.put(WatchOperator.NAME, new Savepoint.Part(WatchOperator.READABLE, null));
    parts.put(TotalsOperator.DENSE, new Savepoint.Part(Set.of(TotalsOperator.FORMAT), null));
    for (ArmSpec arm : job.arms()) {
      parts.put(
          StudentOperator.name(arm),
          new Savepoint.Part(StudentOperator.READABLE, StateFacts.ofStudent(job, arm)));
    }
    Savepoint.Part teacher =
        new Savepoint.Part(TeacherOperator.READABLE, StateFacts.ofTeacher(job));
    if (job.needsTeacher()) {
      parts.put(TeacherOperator.name(false), teacher);
      if (job.secondTeacher()) {
        parts.put(TeacherOperator.name(true), teacher);
      }
    }
    return parts;
  }

  private void build(List<Long> ends) {
    env.configure(settings(options.checkpoints()));
    if (job.hash().refresh().byDrift()) {
      env.setBufferTimeout(Math.min(env.getBufferTimeout(), DECISION_BUFFER_MS));
    }
    SingleOutputStreamOperator<GatedEvent> events = gate(source(ends));
    DataStream<ReportLine> lines = students(events);
    lines = lines.union(maps(counts(events), events));
    lines = lines.union(watch());
    lines = lines.union(totals(events));
    String dir = runDir;
    StateFacts facts = parts(job, options.topics(), seed).get(LineFileOperator.NAME).facts();
    SingleOutputStreamOperator<ReportLine> written =
        named(
            lines.transform(
                "files",
                RecordType.of(new ReportLine.Format()),
                OperatorFactory.of(
                    LineFileOperator.class, p -> new LineFileOperator(p, dir, facts))),
            "files",
            1);
    written
        .sinkTo(sink("results", new KafkaLines.Results(options.topics())))
        .setParallelism(1)
        .uid("kafka-results")
        .name("results to Kafka");
    events
        .getSideOutput(GateOperator.REJECTS)
        .sinkTo(sink("rejects", new KafkaLines.Rejects(options.topics())))
        .setParallelism(1)
        .uid("kafka-rejects")
        .name("rejects to Kafka");
  }

  private DataStream<SourceRecord> source(List<Long> ends) {
    String topic = options.topics().events();
    KafkaSourceBuilder<SourceRecord> builder =
        KafkaSource.<SourceRecord>builder()
            .setProperties(options.kafka().consumer())
            .setProperty("max.partition.fetch.bytes", Integer.toString(FETCH_BYTES))
            .setGroupId(options.group())
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setDeserializer(
                new EventRecordDecoder(job.schema(), options.limits(), options.binary()));
    if (ends.isEmpty()) {
      builder.setTopics(topic);
    } else {
      Map<TopicPartition, Long> offsets = offsets(topic, ends);
      builder
          .setPartitions(Set.copyOf(offsets.keySet()))
          .setBounded(OffsetsInitializer.offsets(offsets));
    }
    WatermarkStrategy<SourceRecord> watermarks =
        new EventWatermarks(job.watchGrid(), options.idleness());
    if (!options.alignment().isZero()) {
      watermarks =
          watermarks.withWatermarkAlignment("events", options.alignment(), Duration.ofMillis(100));
    }
    return env.fromSource(new RestorableKafkaSource<>(builder.build()), watermarks, "events")
        .setParallelism(options.readers())
        .uid("events");
  }

  private static Map<TopicPartition, Long> offsets(String topic, List<Long> ends) {
    return IntStream.range(0, ends.size())
        .boxed()
        .collect(Collectors.toMap(p -> new TopicPartition(topic, p), ends::get));
  }

  private SingleOutputStreamOperator<GatedEvent> gate(DataStream<SourceRecord> records) {
    JobSpec spec = job;
    Duration idleAfter = options.idleness();
    return named(
        records.transform(
            "gate",
            RecordType.of(new GatedEvent.Format()),
            OperatorFactory.of(GateOperator.class, p -> new GateOperator(p, spec, idleAfter))),
        "gate",
        options.readers());
  }

  private DataStream<MapPiece> counts(DataStream<GatedEvent> events) {
    var watchGrid = job.watchGrid();
    var mapGrid = job.mapGrid();
    var counts = job.counts();
    int fields = job.schema().fields().size();
    int entries = options.combineEntries();
    long pageBytes = options.pageBytes();
    RefreshDecisions.Source refreshes = refreshes();
    SingleOutputStreamOperator<CountDelta> deltas =
        tallied(
            events.transform(
                "combine",
                RecordType.of(new CountDelta.Format()),
                OperatorFactory.of(
                    CombineOperator.class,
                    p ->
                        new CombineOperator(
                            p, watchGrid, mapGrid, fields, counts.shards(), entries))),
            "combine",
            options.readers());
    traffic = deltas.getSideOutput(WatchOperator.PIECES);
    teacherLosses = deltas.getSideOutput(WatchOperator.NOTHING);
    return tallied(
        deltas
            .keyBy(CountDelta::shard, Types.INT)
            .transform(
                "counts",
                RecordType.of(new MapPiece.Format()),
                OperatorFactory.of(
                    CountOperator.class, p -> new CountOperator(p, refreshes, counts, pageBytes))),
        "counts",
        options.counters());
  }

  private RefreshDecisions.Source refreshes() {
    return RefreshDecisions.Source.of(job, runDir, options.mapTimeout());
  }

  private DataStream<ReportLine> maps(DataStream<MapPiece> counts, DataStream<GatedEvent> events) {
    DataStream<MapPiece> pieces = counts;
    if (job.needsTeacher()) {
      pieces = pieces.union(teacher(events, false));
      if (job.secondTeacher()) {
        pieces = pieces.union(teacher(events, true));
      }
    }
    JobSpec spec = job;
    long root = seed;
    String dir = runDir;
    return tallied(
        pieces
            .keyBy(MapPiece::field, Types.INT)
            .transform(
                "maps",
                RecordType.of(new ReportLine.Format()),
                OperatorFactory.of(MapOperator.class, p -> new MapOperator(p, spec, root, dir))),
        "maps",
        options.builders());
  }

  private DataStream<MapPiece> teacher(DataStream<GatedEvent> events, boolean second) {
    JobSpec spec = job;
    long root = seed;
    RefreshDecisions.Source refreshes = refreshes();
    String name = TeacherOperator.name(second);
    SingleOutputStreamOperator<MapPiece> teacher =
        events
            .transform(
                name,
                RecordType.of(new MapPiece.Format()),
                OperatorFactory.of(
                    TeacherOperator.class,
                    p -> new TeacherOperator(p, spec, second, root, refreshes)))
            .startNewChain();
    if (options.gpu()) {
      teacher.slotSharingGroup(
          SlotSharingGroup.newBuilder(name)
              .setCpuCores(1)
              .setTaskHeapMemoryMB(1024)
              .setExternalResource("gpu", 1)
              .build());
    }
    SingleOutputStreamOperator<MapPiece> tallied = tallied(teacher, name, 1);
    if (!second) {
      teacherLosses = tallied.getSideOutput(WatchOperator.PIECES);
    }
    return tallied;
  }

  private DataStream<ReportLine> students(DataStream<GatedEvent> events) {
    JobSpec spec = job;
    StudentOperator.Options student =
        new StudentOperator.Options(seed, runDir, options.mapTimeout(), publisher);
    DataStream<ReportLine> lines = null;
    for (ArmSpec arm : job.arms()) {
      String name = StudentOperator.name(arm);
      SingleOutputStreamOperator<ReportLine> one =
          tallied(
              events
                  .transform(
                      name,
                      RecordType.of(new ReportLine.Format()),
                      OperatorFactory.of(
                          StudentOperator.class, p -> new StudentOperator(p, spec, arm, student)))
                  .startNewChain(),
              name,
              1);
      students.add(one);
      lines = lines == null ? one : lines.union(one);
    }
    return lines;
  }

  /** Comes when all that tell of sub-windows are there. */
  private DataStream<ReportLine> watch() {
    DataStream<WatchPiece> losses = null;
    for (SingleOutputStreamOperator<ReportLine> student : students) {
      DataStream<WatchPiece> one = student.getSideOutput(WatchOperator.PIECES);
      losses = losses == null ? one : losses.union(one);
    }
    DataStream<WatchPiece> nothing = students.get(0).getSideOutput(WatchOperator.NOTHING);
    DataStream<ReportLine> lines =
        watch(WatchOperator.NAME, traffic, teacherLosses, false)
            .union(watch(WatchOperator.OF_STUDENTS, losses, nothing, true));
    String url = options.webhook();
    return url.isEmpty()
        ? lines
        : named(
            lines.transform(
                "webhook",
                RecordType.of(new ReportLine.Format()),
                OperatorFactory.of(WebhookOperator.class, p -> new WebhookOperator(p, url))),
            "webhook",
            1);
  }

  private DataStream<ReportLine> watch(
      String name, DataStream<WatchPiece> first, DataStream<WatchPiece> second, boolean students) {
    return named(
        first
            .connect(second)
            .transform(
                name,
                RecordType.of(new ReportLine.Format()),
                new WatchOperator(job, seed, students, runDir)),
        name,
        1);
  }

  /** Comes last, when every operator that has a tally is there. */
  private DataStream<ReportLine> totals(SingleOutputStreamOperator<GatedEvent> events) {
    return named(
        events
            .getSideOutput(Tallies.TAG)
            .connect(tallies.stream().reduce(DataStream::union).orElseThrow())
            .transform(
                "totals", RecordType.of(new ReportLine.Format()), new TotalsOperator(job, seed)),
        "totals",
        1);
  }

  private <T> KafkaSink<T> sink(String name, KafkaRecordSerializationSchema<T> records) {
    Properties producer = options.kafka().producer();
    var builder =
        KafkaSink.<T>builder()
            .setBootstrapServers(options.kafka().bootstrap())
            .setRecordSerializer(records);
    if (options.checkpoints().enabled()) {
      producer.setProperty("transaction.timeout.ms", Long.toString(TRANSACTION_TIMEOUT.toMillis()));
      builder
          .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
          .setTransactionalIdPrefix(options.topics().prefix() + "-" + name)
          .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING);
    } else {
      builder.setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE);
    }
    return builder.setKafkaProducerConfig(producer).build();
  }

  private <T> SingleOutputStreamOperator<T> tallied(
      SingleOutputStreamOperator<T> stream, String uid, int parallelism) {
    SingleOutputStreamOperator<T> named = named(stream, uid, parallelism);
    tallies.add(named.getSideOutput(Tallies.TAG));
    return named;
  }

  private static <T> SingleOutputStreamOperator<T> named(
      SingleOutputStreamOperator<T> stream, String uid, int parallelism) {
    return stream.uid(uid).name(uid).setParallelism(parallelism);
  }
}
