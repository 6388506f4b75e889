package io.millrace.flink.graph;

import io.millrace.event.RejectedRecord;
import io.millrace.flink.operator.EventRecordDecoder;
import io.millrace.flink.operator.EventWatermarks;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReportLine;
import io.millrace.state.SourceRecord;
import io.millrace.state.UpdateChunk;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** The source and the sinks by which the training job reads and writes Kafka. */
record KafkaConnectors(GraphOptions options) {

  /**
   * A reader reads one partition's fetch after the other, so this bounds their difference in time.
   */
  private static final int FETCH_BYTES = 1 << 16;

  /** Partitions that are added are read after so long; the user's own property wins. */
  private static final Duration DISCOVERY_INTERVAL = Duration.ofSeconds(10);

  /** A replay waits this long before a partition may go on by {@code time.alignment}. */
  private static final Duration ALIGNMENT_INTERVAL = Duration.ofMillis(20);

  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

  /**
   * Reads the topic of events.
   *
   * @param ends end offset of each partition, exclusive; empty for a source without end
   */
  DataStream<SourceRecord> readEvents(
      StreamExecutionEnvironment env, JobSpec job, List<Long> ends) {
    WatermarkStrategy<SourceRecord> watermarks =
        new EventWatermarks(job.watchGrid(), options.idleness());
    if (!options.alignment().isZero()) {
      watermarks =
          watermarks.withWatermarkAlignment("events", options.alignment(), ALIGNMENT_INTERVAL);
    }
    EventRecordDecoder decoder =
        new EventRecordDecoder(job.schema(), options.limits(), options.form());
    OffsetWatch<ConsumerRecord<byte[], byte[]>> offsets = new OffsetWatch<>(new EventSource.Raw());
    return env.fromSource(
            new WatchedSource(
                new EventSource(source(offsets, ends), decoder, job),
                offsets,
                options.kafka(),
                options.failOnLoss()),
            watermarks,
            "events")
        .setParallelism(options.readers())
        .uid("events");
  }

  private RestorableKafkaSource<ConsumerRecord<byte[], byte[]>> source(
      OffsetWatch<ConsumerRecord<byte[], byte[]>> records, List<Long> ends) {
    KafkaSourceBuilder<ConsumerRecord<byte[], byte[]>> builder =
        KafkaSource.<ConsumerRecord<byte[], byte[]>>builder()
            .setStartingOffsets(OffsetsInitializer.earliest());
    String topic = options.topics().events();
    if (ends.isEmpty()) {
      builder.setTopics(topic);
    } else {
      Map<TopicPartition, Long> offsets = offsets(topic, ends);
      builder
          .setPartitions(Set.copyOf(offsets.keySet()))
          .setBounded(OffsetsInitializer.offsets(offsets));
    }
    return new RestorableKafkaSource<>(builder, options.group(), consumer(), records);
  }

  private Properties consumer() {
    Properties all = options.kafka().consumer();
    all.putIfAbsent(
        KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(),
        Long.toString(DISCOVERY_INTERVAL.toMillis()));
    all.setProperty("max.partition.fetch.bytes", Integer.toString(FETCH_BYTES));
    return all;
  }

  private static Map<TopicPartition, Long> offsets(String topic, List<Long> ends) {
    return IntStream.range(0, ends.size())
        .boxed()
        .collect(Collectors.toMap(p -> new TopicPartition(topic, p), ends::get));
  }

  /** Writes each report line to the topic of its kind. */
  void writeResults(DataStream<ReportLine> lines) {
    write(lines, "results", new KafkaLines.Results(options.topics()));
  }

  /** Writes records that are not events to the topic of rejects. */
  void writeRejects(DataStream<RejectedRecord> rejects) {
    write(rejects, "rejects", new KafkaLines.RejectedRecords(options.topics()));
  }

  /**
   * Writes updates of served models at least once, as soon as they come: a transaction would hide
   * them until the next checkpoint.
   */
  void writeUpdates(DataStream<UpdateChunk> updates) {
    updates
        .sinkTo(atOnce(options.topics().updates()))
        .setParallelism(1)
        .uid("kafka-updates")
        .name("updates to Kafka");
  }

  /**
   * Writes what replicas have changed, in the same way.
   *
   * @param name of the operator of these replicas
   * @param count number of its subtasks
   */
  void writeChanges(DataStream<UpdateChunk> changes, String name, int count) {
    changes
        .sinkTo(atOnce(options.topics().changes()))
        .setParallelism(count)
        .uid("kafka-" + name)
        .name(name + " to Kafka");
  }

  private KafkaSink<UpdateChunk> atOnce(String topic) {
    return KafkaSink.<UpdateChunk>builder()
        .setBootstrapServers(options.kafka().bootstrap())
        .setRecordSerializer(new KafkaLines.OfArms(topic))
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .setKafkaProducerConfig(options.kafka().updatesProducer())
        .build();
  }

  private <T> void write(
      DataStream<T> stream, String name, KafkaRecordSerializationSchema<T> records) {
    stream
        .sinkTo(sink(name, records))
        .setParallelism(1)
        .uid("kafka-" + name)
        .name(name + " to Kafka");
  }

  /** Exactly once with checkpoints, by transactions; at least once without. */
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
}
