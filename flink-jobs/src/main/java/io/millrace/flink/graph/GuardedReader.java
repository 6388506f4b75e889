package io.millrace.flink.graph;

import io.millrace.state.SourceRecord;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads raw records, and lets those of each partition through its {@link PartitionGuard} before they
 * reach the partition's output, which makes the watermarks.
 *
 * <p>When a partition ends, Kafka's reader releases its output; its guard emits what it holds just
 * before. A partition whose first events wait for others is looked at again after a while, even if
 * no record comes.
 */
@SuppressWarnings("try") // Flink closes it, and expects to be interrupted
final class GuardedReader implements SourceReader<SourceRecord, KafkaPartitionSplit> {

  private final SourceReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> kafka;
  private final Function<TopicPartition, PartitionGuard> maker;
  private final long startWaitNanos;
  private final Map<String, PartitionGuard> guards = new HashMap<>();

  /** Partitions whose first events wait for others, with the time at which they stop to wait. */
  private final Map<String, Long> starting = new LinkedHashMap<>();

  private Output output;

  /**
   * Wraps a reader.
   *
   * @param maker makes the guard of a partition
   * @param startWait after which the first events of a partition no longer wait for others; zero for
   *     never
   */
  GuardedReader(
      SourceReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> kafka,
      Function<TopicPartition, PartitionGuard> maker,
      Duration startWait) {
    this.kafka = kafka;
    this.maker = maker;
    this.startWaitNanos = startWait.toNanos();
  }

  @Override
  public void start() {
    kafka.start();
  }

  @Override
  public void addSplits(List<KafkaPartitionSplit> splits) {
    for (KafkaPartitionSplit split : splits) {
      PartitionGuard guard = maker.apply(split.getTopicPartition());
      if (split instanceof GuardedSplit guarded) {
        guard.restore(guarded.guard());
      }
      guards.put(split.splitId(), guard);
      note(split.splitId(), guard);
    }
    kafka.addSplits(splits);
  }

  @Override
  public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
    return kafka.snapshotState(checkpointId).stream().map(this::guarded).toList();
  }

  private KafkaPartitionSplit guarded(KafkaPartitionSplit split) {
    return new GuardedSplit(split, guards.get(split.splitId()).state());
  }

  @Override
  public InputStatus pollNext(ReaderOutput<SourceRecord> to) throws Exception {
    if (output == null) {
      output = new Output(to);
    }
    if (!starting.isEmpty()) {
      startWhatIsDue(to);
    }
    return kafka.pollNext(output);
  }

  /** Remembers a partition whose first events wait, and forgets one whose events no longer do. */
  private void note(String splitId, PartitionGuard guard) {
    if (startWaitNanos == 0) {
      return;
    }
    if (guard.starting()) {
      starting.putIfAbsent(splitId, System.nanoTime() + startWaitNanos);
    } else {
      starting.remove(splitId);
    }
  }

  private void startWhatIsDue(ReaderOutput<SourceRecord> to) {
    long now = System.nanoTime();
    for (String splitId : List.copyOf(starting.keySet())) {
      if (now - starting.get(splitId) >= 0) {
        guards.get(splitId).start(to.createOutputForSplit(splitId));
        starting.remove(splitId);
      }
    }
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    CompletableFuture<Void> records = kafka.isAvailable();
    if (starting.isEmpty() || records.isDone()) {
      return records;
    }
    long due = starting.values().iterator().next();
    CompletableFuture<Void> timer =
        new CompletableFuture<Void>()
            .completeOnTimeout(null, Math.max(0, due - System.nanoTime()), TimeUnit.NANOSECONDS);
    return CompletableFuture.anyOf(records, timer).thenApply(any -> null);
  }

  @Override
  public void notifyNoMoreSplits() {
    kafka.notifyNoMoreSplits();
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    kafka.handleSourceEvents(event);
  }

  @Override
  public void pauseOrResumeSplits(Collection<String> pause, Collection<String> resume) {
    kafka.pauseOrResumeSplits(pause, resume);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    kafka.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) throws Exception {
    kafka.notifyCheckpointAborted(checkpointId);
  }

  @Override
  public void close() throws Exception {
    kafka.close();
  }

  /** What Kafka's reader emits to. It always emits to the output of a partition. */
  private final class Output implements ReaderOutput<ConsumerRecord<byte[], byte[]>> {
    private final ReaderOutput<SourceRecord> to;

    Output(ReaderOutput<SourceRecord> to) {
      this.to = to;
    }

    @Override
    public SourceOutput<ConsumerRecord<byte[], byte[]>> createOutputForSplit(String splitId) {
      return new PartitionOutput(splitId, guards.get(splitId), to.createOutputForSplit(splitId));
    }

    @Override
    public void releaseOutputForSplit(String splitId) {
      guards.remove(splitId).finish(to.createOutputForSplit(splitId));
      starting.remove(splitId);
      to.releaseOutputForSplit(splitId);
    }

    @Override
    public void collect(ConsumerRecord<byte[], byte[]> record) {
      throw new IllegalStateException("a record must come from a partition");
    }

    @Override
    public void collect(ConsumerRecord<byte[], byte[]> record, long timestamp) {
      collect(record);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      to.emitWatermark(watermark);
    }

    @Override
    public void markIdle() {
      to.markIdle();
    }

    @Override
    public void markActive() {
      to.markActive();
    }
  }

  /** What Kafka's reader emits the records of one partition to. */
  private final class PartitionOutput implements SourceOutput<ConsumerRecord<byte[], byte[]>> {
    private final String splitId;
    private final PartitionGuard guard;
    private final SourceOutput<SourceRecord> to;

    PartitionOutput(String splitId, PartitionGuard guard, SourceOutput<SourceRecord> to) {
      this.splitId = splitId;
      this.guard = guard;
      this.to = to;
    }

    @Override
    public void collect(ConsumerRecord<byte[], byte[]> record) {
      boolean waited = guard.starting();
      guard.take(record, to);
      if (waited != guard.starting()) {
        note(splitId, guard);
      }
    }

    @Override
    public void collect(ConsumerRecord<byte[], byte[]> record, long timestamp) {
      collect(record);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      to.emitWatermark(watermark);
    }

    @Override
    public void markIdle() {
      to.markIdle();
    }

    @Override
    public void markActive() {
      to.markActive();
    }
  }
}
