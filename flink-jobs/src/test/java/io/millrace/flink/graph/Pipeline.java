package io.millrace.flink.graph;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.format.BinaryEventCodec;
import io.millrace.format.RecordForm;
import io.millrace.hash.MapVersion;
import io.millrace.jobfile.Settings;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.EventReplay;
import io.millrace.kafka.Topics;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.maps.MapBuilder;
import io.millrace.runs.MapFolder;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.DenseColumns;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.SwitchColumns;
import io.millrace.runs.line.WatchColumns;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.watch.AlertLine;
import io.millrace.watch.DenseLine;
import io.millrace.watch.PulseLine;
import io.millrace.watch.RefreshLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A broker, a topic of events and the job, in one process. */
final class Pipeline implements AutoCloseable {

  static final long SEED = 7;

  private final Path dir;
  private final int partitions;
  private final EmbeddedBroker broker;
  private final ClientSettings kafka;
  private final Topics topics;
  private final long[] sent;

  /** The job that is started next. */
  JobSpec job;

  /** The metrics of the job that was started last. */
  JobGauges gauges;

  /** Whether lost events end the job. */
  boolean failOnLoss;

  ModelPublisher publisher = TestJobs.publisher();

  /** Time between two updates. */
  Duration updates = Duration.ZERO;

  /** Most tasks for the replicas of an arm. */
  int replicaTasks = 128;

  /** Whether the job leaves out what it does not have of a savepoint. */
  boolean leavesOut;

  /** Restarts before the job gives up. */
  int restarts;

  /** Changes the graph before it is started. */
  Consumer<StreamGraph> graph = g -> {};

  /** Where alerts are posted to. */
  String webhook = "";

  Pipeline(JobSpec job, Path dir, int partitions) {
    this.job = job;
    this.dir = dir;
    this.partitions = partitions;
    this.broker = EmbeddedBroker.start();
    this.kafka = ClientSettings.of(broker.bootstrapServers());
    this.topics = new Topics("t", "t.events", partitions, 0);
    this.sent = new long[partitions];
    topics.ensure(kafka);
  }

  /** Sends events to one partition. */
  void send(int partition, List<ClickEvent> events) {
    BinaryEventCodec codec = new BinaryEventCodec(job.schema(), EventLimits.DEFAULT);
    EventReplay.run(
        kafka,
        EventReplay.Options.max(topics.events()),
        events.stream()
            .map(e -> new EventReplay.Event(null, codec.encode(e), e.eventTime(), partition))
            .iterator(),
        progress -> {});
    sent[partition] += events.size();
  }

  /** Event {@code i} of those of partition {@code p}, when events go to the partitions in turn. */
  static List<ClickEvent> ofPartition(List<ClickEvent> events, int p, int partitions) {
    List<ClickEvent> part = new ArrayList<>();
    for (int i = p; i < events.size(); i += partitions) {
      part.add(events.get(i));
    }
    return part;
  }

  /** Sends events to the partitions in turn. */
  void send(List<ClickEvent> events) {
    for (int p = 0; p < partitions; p++) {
      send(p, ofPartition(events, p, partitions));
    }
  }

  /** Deletes the records of a partition before an offset, as retention does. */
  void deleteBefore(int partition, long offset) throws Exception {
    try (Admin admin = kafka.openAdmin()) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(topics.events(), partition),
                  RecordsToDelete.beforeOffset(offset)))
          .all()
          .get();
    }
  }

  /** Waits until the job has read a partition up to an offset, as its group's offsets say. */
  void untilRead(long offset) throws Exception {
    TopicPartition partition = new TopicPartition(topics.events(), 0);
    try (Admin admin = kafka.openAdmin()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                OffsetAndMetadata read =
                    admin
                        .listConsumerGroupOffsets("t")
                        .partitionsToOffsetAndMetadata()
                        .get()
                        .get(partition);
                return read != null && read.offset() >= offset;
              });
    }
  }

  /** Ends of the partitions after what has been sent. */
  List<Long> ends() {
    return LongStream.of(sent).boxed().toList();
  }

  /** Starts the job. */
  JobClient start(List<Long> ends, int parallelism, Path from) throws Exception {
    Configuration flink = new Configuration();
    gauges = JobGauges.of(flink);
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
    if (from != null) {
      flink.set(StateRecoveryOptions.SAVEPOINT_PATH, from.toUri().toString());
      flink.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, leavesOut);
      flink.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.NO_CLAIM);
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(flink);
    env.setBufferTimeout(5); // who waits for whom, waits no longer than it takes
    GraphOptions options =
        new GraphOptions(
            kafka,
            topics,
            "t",
            RecordForm.binary(),
            EventLimits.DEFAULT,
            parallelism,
            parallelism,
            parallelism,
            replicaTasks,
            1000,
            1 << 12, // pages come and go all the time
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofSeconds(30),
            updates,
            false,
            webhook,
            failOnLoss,
            null,
            Settings.NONE,
            new GraphOptions.Checkpoints(
                checkpoints().toUri().toString(),
                Duration.ofMillis(300),
                "rocksdb",
                restarts,
                Duration.ZERO));
    MillraceJob.build(env, job, options, runDir().toString(), SEED, publisher, ends);
    StreamGraph changed = env.getStreamGraph();
    graph.accept(changed);
    return env.executeAsync(changed);
  }

  /** Runs the job to its end. */
  void run(int parallelism) throws Exception {
    start(ends(), parallelism, null).getJobExecutionResult().get();
  }

  ClientSettings kafka() {
    return kafka;
  }

  Topics topics() {
    return topics;
  }

  Path runDir() {
    return dir.resolve("run");
  }

  Path checkpoints() {
    return dir.resolve("checkpoints");
  }

  /** Lines of a file of the run, sorted. */
  List<String> lines(String file) throws IOException {
    return Files.readAllLines(runDir().resolve(file)).stream().sorted().toList();
  }

  /** The committed values of the topic of alerts, sorted, once there are so many. */
  List<String> alerts(int atLeast) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(new TopicPartition(topics.alertsTopic().name(), 0)));
      consumer.seekToBeginning(consumer.assignment());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                consumer
                    .poll(Duration.ofMillis(100))
                    .forEach(record -> values.add(new String(record.value(), UTF_8)));
                return values.size() >= atLeast;
              });
    }
    return values.stream().sorted().toList();
  }

  /** What the loop in one thread says of the same events. */
  static final class Loop implements TrainLoop.Listener {
    final List<String> metrics = Collections.synchronizedList(new ArrayList<>());
    final List<String> switches = Collections.synchronizedList(new ArrayList<>());
    final List<String> drift = Collections.synchronizedList(new ArrayList<>());
    final List<String> pulses = new ArrayList<>();
    final List<String> alerts = new ArrayList<>();
    final List<String> refreshes = new ArrayList<>();
    final List<String> maps = new ArrayList<>();

    static Loop run(JobSpec job, List<ClickEvent> events) {
      Loop log = new Loop();
      try (TrainLoop loop = new TrainLoop(job, SEED, log, StageTimer.NONE)) {
        events.forEach(loop::onEvent);
        loop.finish();
      }
      Collections.sort(log.metrics);
      Collections.sort(log.drift);
      Collections.sort(log.pulses);
      Collections.sort(log.alerts);
      Collections.sort(log.refreshes);
      Collections.sort(log.maps);
      Collections.sort(log.switches);
      return log;
    }

    @Override
    public void metrics(MetricLine line) {
      metrics.add(MetricColumns.LINE.json(line));
    }

    @Override
    public void pulse(PulseLine line) {
      pulses.add(WatchColumns.PULSE.json(line));
    }

    @Override
    public void alert(AlertLine line) {
      alerts.add(WatchColumns.ALERT.json(line));
    }

    @Override
    public void publish(Student arm, Student.PublishCause cause) {}

    @Override
    public void maps(int field, MapBuilder.Result result) {
      if (result.drift() != null) {
        drift.add(DriftColumns.LINE.json(result.drift()));
      }
      for (MapVersion map : result.maps()) {
        maps.add(MapFolder.folder(map.header().spec(), map.field()) + "/" + map.fileName());
      }
    }

    @Override
    public void refresh(RefreshLine line) {
      refreshes.add(WatchColumns.REFRESH.json(line));
    }

    @Override
    public void switched(SwitchLine line) {
      switches.add(SwitchColumns.LINE.json(line));
    }

    @Override
    public void dense(DenseLine line) {
      drift.add(DenseColumns.LINE.json(line));
    }
  }

  /** The job has written the lines that the loop reports: metrics, drift, switches and pulses. */
  void assertLinesOf(Loop loop) throws IOException {
    assertThat(lines(RunFiles.METRICS)).isEqualTo(loop.metrics);
    assertThat(lines(RunFiles.DRIFT)).isEqualTo(loop.drift);
    assertThat(lines(RunFiles.SWITCHES)).isEqualTo(loop.switches);
    assertThat(lines(RunFiles.PULSE)).isEqualTo(loop.pulses);
  }

  @Override
  public void close() {
    broker.close();
  }
}
