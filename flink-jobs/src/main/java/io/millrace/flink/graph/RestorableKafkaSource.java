package io.millrace.flink.graph;

import java.io.IOException;
import java.io.Serializable;
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
 * A Kafka source that also ends after it was restored, and whose readers may emit records at their
 * end.
 *
 * <p>When a bounded {@link KafkaSource} first finds the partitions, it signals to its readers that
 * no more will come. Restored from a checkpoint or a savepoint it finds nothing new and sends no
 * signal, so the job never ends (FLINK-31006). This source sends the signal to every reader that
 * registers again, if all partitions had been assigned before. It changes nothing for an unbounded
 * source, nor for a first start.
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
  private final LastRecords<T> last;

  /**
   * The records that a reader emits when it has read all of its partitions.
   *
   * @param <T> the type of the records
   */
  @FunctionalInterface
  public interface LastRecords<T> extends Serializable {
    /** The records; called once, on the thread of the reader. */
    List<T> get();
  }

  /**
   * Wraps {@code source}, which does all the work.
   *
   * @param last what each reader emits at its end
   */
  public RestorableKafkaSource(KafkaSource<T> source, LastRecords<T> last) {
    this.source = source;
    this.last = last;
  }

  @Override
  public Boundedness getBoundedness() {
    return source.getBoundedness();
  }

  @Override
  public SourceReader<T, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    return new EndingReader<>(source.createReader(context), last);
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
