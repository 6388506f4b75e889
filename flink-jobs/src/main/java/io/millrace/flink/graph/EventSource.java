package io.millrace.flink.graph;

import io.millrace.flink.operator.EventRecordDecoder;
import io.millrace.spec.JobSpec;
import io.millrace.state.SourceRecord;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The topic of events: a Kafka source whose records are decoded, and whose events pass the {@link
 * io.millrace.time.JumpGuard} of their partition before they move its watermark.
 *
 * <p>What a guard holds is part of the partition's split ({@link GuardedSplit}). Flink stores it
 * with the offset, and hands both to the reader that gets the partition after a restart, at
 * whatever parallelism.
 */
final class EventSource extends ForwardingSource<ConsumerRecord<byte[], byte[]>> {
  private static final long serialVersionUID = 1L;

  /** Of a source without end. With an end, what passes depends on the events alone. */
  private static final GuardedReader.Waits LIVE =
      new GuardedReader.Waits(Duration.ofSeconds(5), Duration.ofMinutes(1));

  private final EventRecordDecoder decoder;
  private final JobSpec job;

  /** A source of raw records, and what decodes them. */
  EventSource(
      RestorableKafkaSource<ConsumerRecord<byte[], byte[]>> kafka,
      EventRecordDecoder decoder,
      JobSpec job) {
    super(kafka);
    this.decoder = decoder;
    this.job = job;
  }

  @Override
  public SourceReader<SourceRecord, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    decoder.open(new OfReader(context));
    boolean ends = getBoundedness() == Boundedness.BOUNDED;
    GuardedReader guarded =
        new GuardedReader(
            source.createReader(context),
            partition -> new PartitionGuard(partition, job, decoder),
            ends ? GuardedReader.Waits.FOR_EVER : LIVE);
    return new EndingReader<>(guarded, decoder::atEnd);
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return new GuardedSplit.Serializer(source.getSplitSerializer());
  }

  /** Leaves Kafka's records as they are: the bytes of an event that is held are stored. */
  static final class Raw
      implements KafkaRecordDeserializationSchema<ConsumerRecord<byte[], byte[]>> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(
        ConsumerRecord<byte[], byte[]> record, Collector<ConsumerRecord<byte[], byte[]>> out) {
      out.collect(record);
    }

    @Override
    public TypeInformation<ConsumerRecord<byte[], byte[]>> getProducedType() {
      return TypeInformation.of(new TypeHint<>() {});
    }
  }
}
