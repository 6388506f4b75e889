package io.millrace.flink.graph;

import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.PartitionOffsets;
import io.millrace.state.SourceRecord;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;

/**
 * A Kafka source whose readers also emit a warning when events were deleted before they were read,
 * and the progress of each partition. It keeps no state of its own.
 */
final class WatchedSource extends ForwardingSource<SourceRecord> {
  private static final long serialVersionUID = 1L;

  private final OffsetWatch<?> offsets;
  private final ClientSettings kafka;
  private final boolean failOnLoss;

  /**
   * Wraps a source.
   *
   * @param source what does all the work
   * @param offsets the decoder of {@code source}, or a part of it
   * @param kafka how readers ask for earliest offsets
   * @param failOnLoss whether lost events are an error
   */
  WatchedSource(
      Source<SourceRecord, KafkaPartitionSplit, KafkaSourceEnumState> source,
      OffsetWatch<?> offsets,
      ClientSettings kafka,
      boolean failOnLoss) {
    super(source);
    this.offsets = offsets;
    this.kafka = kafka;
    this.failOnLoss = failOnLoss;
  }

  @Override
  public SourceReader<SourceRecord, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    PartitionOffsets broker = new PartitionOffsets(kafka);
    return new WatchedReader(
        source.createReader(context),
        new LostEvents(offsets.gaps(), broker::earliest, failOnLoss),
        broker);
  }
}
