package io.millrace.flink.graph;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A Kafka source that also ends after it was restored.
 *
 * <p>A bounded {@link KafkaSource} tells its readers that no more partitions will come when it
 * first finds the partitions. Restored from a checkpoint or a savepoint it finds nothing new,
 * signals nothing, and the job stands still at the end of the stream for ever (FLINK-31006). This
 * source signals it to every reader that comes back, once all partitions are known to have been
 * given out. It changes nothing for an unbounded source, nor for a first start.
 *
 * <p>Two things to know about a restored source: the end of a partition is part of the checkpoint,
 * so new end offsets have no effect on it; and the partitions should be fixed with {@code
 * setPartitions}, as a topic that has grown in between would be noticed too late.
 *
 * @param <T> what a record becomes
 */
public final class RestorableKafkaSource<T>
    implements Source<T, KafkaPartitionSplit, KafkaSourceEnumState>, ResultTypeQueryable<T> {
  private static final long serialVersionUID = 1L;

  private final KafkaSource<T> source;

  /** Wraps {@code source}, which does all the work. */
  public RestorableKafkaSource(KafkaSource<T> source) {
    this.source = source;
  }

  @Override
  public Boundedness getBoundedness() {
    return source.getBoundedness();
  }

  @Override
  public SourceReader<T, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    return source.createReader(context);
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

  /** Tells each reader, after it has got what was kept for it, that there will be no more. */
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
