package io.millrace.flink.graph;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaRecordEmitter;
import org.apache.flink.connector.kafka.source.reader.KafkaSourceReader;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.connector.kafka.source.reader.fetcher.KafkaSourceFetcherManager;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A Kafka source that also ends after it was restored, and whose readers do not fail when a
 * partition ends.
 *
 * <p>When a bounded {@link KafkaSource} first finds the partitions, it signals to its readers that
 * no more will come. Restored from a checkpoint or a savepoint it finds nothing new and sends no
 * signal, so the job never ends (FLINK-31006). This source sends the signal to every reader that
 * registers again, if all partitions had been assigned before. It changes nothing for an unbounded
 * source, nor for a first start. Its readers fetch with {@link EndingSplitReader}.
 *
 * <p>Of a restored source, the end of each partition is part of the checkpoint, so new end offsets
 * have no effect. Fix the partitions with {@code setPartitions}: partitions that are added to the
 * topic in between would be found too late.
 *
 * @param <T> the type of its records
 */
public final class RestorableKafkaSource<T>
    implements Source<T, KafkaPartitionSplit, KafkaSourceEnumState>, ResultTypeQueryable<T> {
  private static final long serialVersionUID = 1L;

  private final KafkaSource<T> source;
  private final Properties consumer;
  private final KafkaRecordDeserializationSchema<T> records;

  /**
   * Builds one.
   *
   * @param builder knows the partitions, where they begin and where they end
   * @param group of the consumer, to which checkpoints commit offsets
   * @param consumer other settings of the consumer; Kafka's records are bytes
   * @param records what makes records of Kafka's
   */
  public RestorableKafkaSource(
      KafkaSourceBuilder<T> builder,
      String group,
      Properties consumer,
      KafkaRecordDeserializationSchema<T> records) {
    this.consumer = new Properties();
    this.consumer.putAll(consumer);
    this.consumer.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    this.consumer.putIfAbsent(KafkaSourceOptions.CLIENT_ID_PREFIX.key(), group);
    String bytes = ByteArrayDeserializer.class.getName();
    this.consumer.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, bytes);
    this.consumer.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, bytes);
    this.records = records;
    this.source = builder.setProperties(this.consumer).setDeserializer(records).build();
  }

  @Override
  public Boundedness getBoundedness() {
    return source.getBoundedness();
  }

  @Override
  public SourceReader<T, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    records.open(new OfReader(context));
    KafkaSourceReaderMetrics metrics = new KafkaSourceReaderMetrics(context.metricGroup());
    var fetched =
        new FutureCompletingBlockingQueue<RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>>>();
    return new KafkaSourceReader<>(
        fetched,
        new KafkaSourceFetcherManager(
            fetched, () -> new EndingSplitReader(consumer, context, metrics), finished -> {}),
        new KafkaRecordEmitter<>(records),
        Configuration.fromMap(strings(consumer)),
        context,
        metrics);
  }

  private static Map<String, String> strings(Properties properties) {
    return properties.stringPropertyNames().stream()
        .collect(Collectors.toMap(key -> key, properties::getProperty));
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return source.createEnumerator(context);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state)
      throws IOException {
    SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restored =
        source.restoreEnumerator(context, state);
    boolean complete = state.initialDiscoveryFinished();
    return complete && source.getBoundedness() == Boundedness.BOUNDED
        ? new Ending(restored, context)
        : restored;
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return source.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
    return source.getEnumeratorCheckpointSerializer();
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return source.getProducedType();
  }

  /** Signals to each reader that registers, after its restored splits, that no more will come. */
  private record Ending(
      SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restored,
      SplitEnumeratorContext<KafkaPartitionSplit> context)
      implements SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> {

    @Override
    public void start() {
      restored.start();
    }

    @Override
    public void handleSplitRequest(int subtask, String host) {
      restored.handleSplitRequest(subtask, host);
    }

    @Override
    public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtask) {
      restored.addSplitsBack(splits, subtask);
    }

    @Override
    public void addReader(int subtask) {
      restored.addReader(subtask);
      context.signalNoMoreSplits(subtask);
    }

    @Override
    public KafkaSourceEnumState snapshotState(long checkpointId) throws Exception {
      return restored.snapshotState(checkpointId);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
      restored.notifyCheckpointComplete(checkpointId);
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
      restored.notifyCheckpointAborted(checkpointId);
    }

    @Override
    public void handleSourceEvent(int subtask, SourceEvent event) {
      restored.handleSourceEvent(subtask, event);
    }

    @Override
    public void close() throws IOException {
      restored.close();
    }
  }
}
