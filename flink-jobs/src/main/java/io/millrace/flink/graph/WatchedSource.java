package io.millrace.flink.graph;

import io.millrace.event.WindowSpec;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.EarliestOffsets;
import io.millrace.state.RecordType;
import io.millrace.state.SourceRecord;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A Kafka source whose readers also emit a warning when events were deleted before they were read,
 * and the progress of each partition. It keeps no state of its own.
 *
 * @param source what does all the work
 * @param offsets the decoder of {@code source}, or a part of it
 * @param windows whose panes measure progress
 * @param kafka how readers ask for earliest offsets
 * @param failOnLoss whether lost events are an error
 */
record WatchedSource(
    Source<SourceRecord, KafkaPartitionSplit, KafkaSourceEnumState> source,
    OffsetWatch<?> offsets,
    WindowSpec windows,
    ClientSettings kafka,
    boolean failOnLoss)
    implements Source<SourceRecord, KafkaPartitionSplit, KafkaSourceEnumState>,
        ResultTypeQueryable<SourceRecord> {

  @Override
  public SourceReader<SourceRecord, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    EarliestOffsets earliest = new EarliestOffsets(kafka);
    return new WatchedReader(
        source.createReader(context),
        new LostEvents(offsets.gaps(), earliest::of, failOnLoss),
        windows,
        earliest);
  }

  @Override
  public Boundedness getBoundedness() {
    return source.getBoundedness();
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) throws Exception {
    return source.createEnumerator(context);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state)
      throws Exception {
    return source.restoreEnumerator(context, state);
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
  public TypeInformation<SourceRecord> getProducedType() {
    return RecordType.of(new SourceRecord.Format());
  }
}
