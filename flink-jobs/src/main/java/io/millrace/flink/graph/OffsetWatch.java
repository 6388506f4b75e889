package io.millrace.flink.graph;

import io.millrace.kafka.OffsetGaps;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Decodes records as another decoder does, and follows the offsets of each partition. It is part of
 * the source twice: as the decoder that Kafka's reader calls, and in {@link WatchedSource}, which
 * asks what is missing. Both are one object on each task, as they are serialised together.
 *
 * @param <T> what records are decoded to
 */
final class OffsetWatch<T> implements KafkaRecordDeserializationSchema<T> {
  private static final long serialVersionUID = 1L;

  private final KafkaRecordDeserializationSchema<T> decoder;
  private transient Map<TopicPartition, OffsetGaps> gaps;
  private transient OffsetGaps newest;
  private transient String newestTopic;
  private transient int newestPartition;

  /** Calls {@code decoder} for each record. */
  OffsetWatch(KafkaRecordDeserializationSchema<T> decoder) {
    this.decoder = decoder;
  }

  /** What is known of the offsets of each partition that this task reads. */
  Map<TopicPartition, OffsetGaps> gaps() {
    if (gaps == null) {
      gaps = new HashMap<>();
    }
    return gaps;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) throws Exception {
    decoder.open(context);
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<T> out)
      throws IOException {
    of(record).saw(record.offset());
    decoder.deserialize(record, out);
  }

  /** Records of a partition come in batches. */
  private OffsetGaps of(ConsumerRecord<byte[], byte[]> record) {
    if (newest == null
        || newestPartition != record.partition()
        || !newestTopic.equals(record.topic())) {
      newestTopic = record.topic();
      newestPartition = record.partition();
      newest =
          gaps()
              .computeIfAbsent(
                  new TopicPartition(newestTopic, newestPartition), p -> new OffsetGaps());
    }
    return newest;
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return decoder.getProducedType();
  }
}
