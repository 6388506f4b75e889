package io.millrace.flink.graph;

import io.millrace.state.SourceRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads raw records, and lets those of each partition through its {@link PartitionGuard} before
 * they reach the partition's output, which makes the watermarks.
 *
 * <p>When a partition ends, Kafka's reader releases its output; its guard emits what it holds just
 * before. A partition that holds events is looked at again and again, even if no record comes.
 */
@SuppressWarnings("try") // Flink closes it, and expects to be interrupted
final class GuardedReader extends ForwardingReader<ConsumerRecord<byte[], byte[]>, SourceRecord> {

  private final Function<TopicPartition, PartitionGuard> maker;
  private final Waits waits;
  private final Map<String, PartitionGuard> guards = new HashMap<>();

  /** When a partition that holds events is looked at, ns of {@link System#nanoTime}. */
  private final Map<String, Long> deadlines = new HashMap<>();

  private final Function<Duration, CompletableFuture<Void>> clock;
  private Output output;

  /** Wakes the reader at {@link #timerAt} or just after, at the earliest deadline or before. */
  private CompletableFuture<Void> timer = CompletableFuture.completedFuture(null);

  private long timerAt;

  /**
   * How long partitions hold events until something is done, by the reader's clock.
   *
   * @param first after which the first events of a partition no longer wait for others
   * @param setAside after which events set aside start the clock anew, or are warned of
   */
  record Waits(Duration first, Duration setAside) {

    /** Nothing is ever done. */
    static final Waits FOR_EVER = new Waits(Duration.ZERO, Duration.ZERO);

    private Duration of(PartitionGuard.Phase phase) {
      return phase == PartitionGuard.Phase.STARTING ? first : setAside;
    }
  }

  /**
   * Wraps a reader.
   *
   * @param maker makes the guard of a partition
   */
  GuardedReader(
      SourceReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> kafka,
      Function<TopicPartition, PartitionGuard> maker,
      Waits waits) {
    this(kafka, maker, waits, Delay::after);
  }

  /**
   * Wraps a reader.
   *
   * @param maker makes the guard of a partition
   * @param clock makes a future that completes after a time
   */
  GuardedReader(
      SourceReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> kafka,
      Function<TopicPartition, PartitionGuard> maker,
      Waits waits,
      Function<Duration, CompletableFuture<Void>> clock) {
    super(kafka);
    this.maker = maker;
    this.waits = waits;
    this.clock = clock;
  }

  @Override
  public void addSplits(List<KafkaPartitionSplit> splits) {
    for (KafkaPartitionSplit split : splits) {
      PartitionGuard guard = maker.apply(split.getTopicPartition());
      if (split instanceof GuardedSplit guarded) {
        guard.restore(guarded.guard());
      }
      guards.put(split.splitId(), guard);
      enter(split.splitId(), guard.phase());
    }
    super.addSplits(splits);
  }

  @Override
  public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
    return super.snapshotState(checkpointId).stream().map(this::guarded).toList();
  }

  private KafkaPartitionSplit guarded(KafkaPartitionSplit split) {
    return new GuardedSplit(split, guards.get(split.splitId()).state());
  }

  @Override
  public InputStatus pollNext(ReaderOutput<SourceRecord> to) throws Exception {
    if (output == null) {
      output = new Output(to);
    }
    if (!deadlines.isEmpty()) {
      doWhatIsDue(to);
    }
    return reader.pollNext(output);
  }

  /** A partition begins to hold events, or no longer does. */
  private void enter(String splitId, PartitionGuard.Phase phase) {
    if (phase == PartitionGuard.Phase.NOTHING_HELD || waits.equals(Waits.FOR_EVER)) {
      deadlines.remove(splitId);
    } else {
      deadlines.put(splitId, System.nanoTime() + waits.of(phase).toNanos());
    }
  }

  private void doWhatIsDue(ReaderOutput<SourceRecord> to) {
    long now = System.nanoTime();
    for (String splitId : List.copyOf(deadlines.keySet())) {
      if (now - deadlines.get(splitId) >= 0) {
        PartitionGuard guard = guards.get(splitId);
        guard.due(to.createOutputForSplit(splitId));
        enter(splitId, guard.phase());
      }
    }
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    CompletableFuture<Void> records = super.isAvailable();
    if (deadlines.isEmpty() || records.isDone()) {
      return records;
    }
    setTimer();
    return CompletableFuture.anyOf(records, timer).thenApply(any -> null);
  }

  /** Makes a timer only if the last one is done or too late: one cannot be cancelled. */
  private void setTimer() {
    long now = System.nanoTime();
    long left = deadlines.values().stream().mapToLong(due -> due - now).min().orElse(0);
    if (timer.isDone() || now + left - timerAt < 0) {
      timerAt = now + left;
      timer = clock.apply(Duration.ofNanos(Math.max(0, left)));
    }
  }

  /** What Kafka's reader emits to. It always emits to the output of a partition. */
  private final class Output extends ForwardingOutput<ConsumerRecord<byte[], byte[]>>
      implements ReaderOutput<ConsumerRecord<byte[], byte[]>> {
    private final ReaderOutput<SourceRecord> to;

    Output(ReaderOutput<SourceRecord> to) {
      super(to);
      this.to = to;
    }

    @Override
    public SourceOutput<ConsumerRecord<byte[], byte[]>> createOutputForSplit(String splitId) {
      return new PartitionOutput(splitId, guards.get(splitId), to.createOutputForSplit(splitId));
    }

    @Override
    public void releaseOutputForSplit(String splitId) {
      guards.remove(splitId).finish(to.createOutputForSplit(splitId));
      deadlines.remove(splitId);
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
  }

  /** What Kafka's reader emits the records of one partition to. */
  private final class PartitionOutput extends ForwardingOutput<ConsumerRecord<byte[], byte[]>> {
    private final String splitId;
    private final PartitionGuard guard;
    private final SourceOutput<SourceRecord> to;

    PartitionOutput(String splitId, PartitionGuard guard, SourceOutput<SourceRecord> to) {
      super(to);
      this.splitId = splitId;
      this.guard = guard;
      this.to = to;
    }

    @Override
    public void collect(ConsumerRecord<byte[], byte[]> record) {
      PartitionGuard.Phase before = guard.phase();
      guard.take(record, to);
      PartitionGuard.Phase after = guard.phase();
      if (before != after) {
        enter(splitId, after);
      }
    }

    @Override
    public void collect(ConsumerRecord<byte[], byte[]> record, long timestamp) {
      collect(record);
    }
  }
}
