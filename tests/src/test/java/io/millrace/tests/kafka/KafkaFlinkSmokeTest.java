package io.millrace.tests.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.flink.graph.RestorableKafkaSource;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.EventReplay;
import io.millrace.kafka.Topics;
import io.millrace.kafka.embedded.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pieces of the platform in one process: broker, replay, bounded source, RocksDB state,
 * exactly-once sink. The job counts records by key; its output says each count once, whatever
 * happens to the job in between.
 */
@Timeout(180)
class KafkaFlinkSmokeTest {
  private static final int RECORDS = 10_000;
  private static final int KEYS = 10;
  private static final Topics TOPICS = new Topics("smoke", "smoke.events", 2, 0);

  /** Shared with the job's tasks, which run in this process. */
  private static final AtomicInteger CHECKPOINTS = new AtomicInteger();

  private static final AtomicInteger FAILURES_LEFT = new AtomicInteger();

  @TempDir Path checkpoints;

  /**
   * A task fails after a checkpoint, then the job is cancelled, then it goes on from the retained
   * checkpoint and ends with the stream: every count is written once.
   */
  @Test
  void eachCountOnce() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      Map<TopicPartition, Long> ends = replay(settings);
      FAILURES_LEFT.set(1);
      JobClient first = submit(settings, ends, configuration());
      await().atMost(Duration.ofSeconds(90)).until(() -> CHECKPOINTS.get() >= 4);
      first.cancel().get();
      assertThatThrownBy(() -> first.getJobExecutionResult().get())
          .hasRootCauseInstanceOf(JobCancellationException.class);
      assertThat(FAILURES_LEFT).hasValueLessThan(1);
      submit(settings, ends, from(newestCheckpoint())).getJobExecutionResult().get();
      assertEachCountOnce(settings);
    }
  }

  private static Map<TopicPartition, Long> replay(ClientSettings settings) {
    TOPICS.ensure(settings);
    EventReplay.Result stored =
        EventReplay.run(
            settings,
            EventReplay.Options.max(TOPICS.events()),
            IntStream.range(0, RECORDS)
                .mapToObj(i -> new EventReplay.Event(null, bytes(i), i, i))
                .iterator(),
            progress -> {});
    Map<TopicPartition, Long> ends = new HashMap<>();
    for (int p = 0; p < stored.perPartition().size(); p++) {
      ends.put(new TopicPartition(TOPICS.events(), p), stored.perPartition().get(p));
    }
    return ends;
  }

  private Configuration configuration() {
    Configuration c = new Configuration();
    c.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    c.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    c.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    c.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
    c.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    c.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    c.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    c.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
    return c;
  }

  private Configuration from(Path checkpoint) {
    Configuration c = configuration();
    c.set(StateRecoveryOptions.SAVEPOINT_PATH, checkpoint.toUri().toString());
    c.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.NO_CLAIM);
    return c;
  }

  private static JobClient submit(
      ClientSettings settings, Map<TopicPartition, Long> ends, Configuration configuration)
      throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    env.fromSource(source(settings, ends), WatermarkStrategy.noWatermarks(), "events")
        .uid("events")
        .map(new FailAfterCheckpoint())
        .uid("fail")
        .keyBy(i -> i % KEYS)
        .process(new CountByKey())
        .uid("count")
        .sinkTo(sink(settings))
        .uid("metrics");
    return env.executeAsync("smoke");
  }

  private static RestorableKafkaSource<Integer> source(
      ClientSettings settings, Map<TopicPartition, Long> ends) {
    return new RestorableKafkaSource<>(
        KafkaSource.<Integer>builder()
            .setPartitions(Set.copyOf(ends.keySet()))
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.offsets(ends)),
        "smoke",
        settings.consumer(),
        new ParseNumber());
  }

  private static KafkaSink<String> sink(ClientSettings settings) {
    Properties producer = settings.producer();
    producer.setProperty("transaction.timeout.ms", "600000");
    return KafkaSink.<String>builder()
        .setBootstrapServers(settings.bootstrap())
        .setKafkaProducerConfig(producer)
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix("smoke-metrics")
        .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
        .setRecordSerializer(new ToTopic(TOPICS.metricsTopic().name()))
        .build();
  }

  private Path newestCheckpoint() throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files
          .filter(f -> f.endsWith("_metadata"))
          .max(Comparator.comparingLong(f -> f.toFile().lastModified()))
          .orElseThrow()
          .getParent();
    }
  }

  private static void assertEachCountOnce(ClientSettings settings) {
    List<String> expected = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      for (int n = 1; n <= RECORDS / KEYS; n++) {
        expected.add(key + ":" + n);
      }
    }
    assertThat(committed(settings, new TopicPartition(TOPICS.metricsTopic().name(), 0)))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  private static List<String> committed(ClientSettings settings, TopicPartition partition) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            settings.consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(record -> values.add(new String(record.value(), UTF_8)));
      }
    }
    return values;
  }

  private static byte[] bytes(int i) {
    return Integer.toString(i).getBytes(UTF_8);
  }

  private static final class ParseNumber implements KafkaRecordDeserializationSchema<Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Integer> out) {
      out.collect(Integer.valueOf(new String(record.value(), UTF_8)));
    }

    @Override
    public TypeInformation<Integer> getProducedType() {
      return Types.INT;
    }
  }

  /** Slow until the job was cancelled, so that checkpoints come in between; fails once. */
  private static final class FailAfterCheckpoint extends RichMapFunction<Integer, Integer>
      implements CheckpointListener {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer map(Integer i) throws InterruptedException {
      if (CHECKPOINTS.get() < 4 && i % 20 < 2) {
        Thread.sleep(5);
      }
      if (CHECKPOINTS.get() >= 2 && FAILURES_LEFT.getAndDecrement() > 0) {
        throw new IllegalStateException("planned");
      }
      return i;
    }

    @Override
    public void notifyCheckpointComplete(long id) {
      CHECKPOINTS.incrementAndGet();
    }
  }

  private static final class CountByKey extends KeyedProcessFunction<Integer, Integer, String> {
    private static final long serialVersionUID = 1L;
    private transient ValueState<Integer> count;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.INT));
    }

    @Override
    public void processElement(Integer i, Context context, Collector<String> out)
        throws IOException {
      int next = Optional.ofNullable(count.value()).orElse(0) + 1;
      count.update(next);
      out.collect(context.getCurrentKey() + ":" + next);
    }
  }

  /** POOLING asks a serializer for its topics, to find transactions left open there. */
  private record ToTopic(String topic)
      implements KafkaRecordSerializationSchema<String>, KafkaDatasetFacetProvider {
    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        String value, KafkaSinkContext context, Long timestamp) {
      return new ProducerRecord<>(topic, value.getBytes(UTF_8));
    }

    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
      return Optional.of(
          new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic))));
    }
  }
}
