package io.millrace.flink.graph;

import io.millrace.kafka.PartitionOffsets;
import io.millrace.state.PartitionProgress;
import io.millrace.state.SourceRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads what another reader reads, and adds warnings of {@link LostEvents} and the progress of each
 * partition, about once a second while it has events.
 */
@SuppressWarnings("try") // close() of a reader may throw anything
final class WatchedReader extends ForwardingReader<SourceRecord, SourceRecord> {

  private static final Duration PERIOD = Duration.ofSeconds(1);

  /** The clock is read, and questions are looked at, once in so many records. */
  private static final int SELDOM = 256;

  private final LostEvents lost;
  private final PartitionOffsets broker;
  private final Map<String, Partition> partitions = new LinkedHashMap<>();
  private final Map<String, PartitionOutput> outputs = new HashMap<>();
  private CompletableFuture<Void> due = CompletableFuture.completedFuture(null);
  private Output output;
  private int polls;
  private boolean caughtUp = true;
  private boolean changed;

  /**
   * Wraps a reader.
   *
   * @param broker what {@code lost} asks; closed with this reader
   */
  WatchedReader(
      SourceReader<SourceRecord, KafkaPartitionSplit> reader,
      LostEvents lost,
      PartitionOffsets broker) {
    super(reader);
    this.lost = lost;
    this.broker = broker;
  }

  @Override
  public void addSplits(List<KafkaPartitionSplit> splits) {
    for (KafkaPartitionSplit split : splits) {
      Partition partition = new Partition(split.getTopicPartition());
      partitions.put(split.splitId(), partition);
      if (split.getStartingOffset() >= 0) {
        lost.restore(split.getTopicPartition(), split.getStartingOffset());
        partition.passed = true; // perhaps no record comes any more
      }
    }
    super.addSplits(splits);
  }

  @Override
  public InputStatus pollNext(ReaderOutput<SourceRecord> to) throws Exception {
    if (output == null) {
      output = new Output(to);
    }
    if (caughtUp || ++polls % SELDOM == 0) {
      look(to);
    }
    InputStatus status = reader.pollNext(output);
    caughtUp = status == InputStatus.NOTHING_AVAILABLE;
    changed |= caughtUp && partitions.values().stream().anyMatch(Partition::hasMoved);
    return status;
  }

  private void look(ReaderOutput<SourceRecord> to) {
    if (lost.pending()) {
      lost.poll().forEach(warning -> to.collect(SourceRecord.of(warning)));
    }
    if (changed && due.isDone()) {
      partitions.values().forEach(partition -> partition.report(to));
      changed = false;
      due = Delay.after(PERIOD);
    }
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    CompletableFuture<Void> available = reader.isAvailable();
    boolean doubtful = lost.pending();
    if (available.isDone() || !(changed || doubtful)) {
      return available;
    }
    CompletableFuture<?> progress = changed ? due : new CompletableFuture<>();
    CompletableFuture<?> answer = doubtful ? lost.ready() : new CompletableFuture<>();
    return CompletableFuture.anyOf(available, progress, answer).thenApply(any -> null);
  }

  @Override
  public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
    return reader.snapshotState(checkpointId).stream().map(this::behindLosses).toList();
  }

  /** A split moves only with a record: without one, its next reader would tell a loss again. */
  private KafkaPartitionSplit behindLosses(KafkaPartitionSplit split) {
    long next = lost.next(split.getTopicPartition(), split.getStartingOffset());
    return next == split.getStartingOffset() ? split : GuardedSplit.from(split, next);
  }

  @Override
  public void close() throws Exception {
    try {
      super.close();
    } finally {
      broker.close();
    }
  }

  /** What the reader emits to. */
  private final class Output extends ForwardingOutput<SourceRecord>
      implements ReaderOutput<SourceRecord> {
    private final ReaderOutput<SourceRecord> to;

    Output(ReaderOutput<SourceRecord> to) {
      super(to);
      this.to = to;
    }

    @Override
    public SourceOutput<SourceRecord> createOutputForSplit(String splitId) {
      return outputs.computeIfAbsent(
          splitId, id -> new PartitionOutput(partitions.get(id), to.createOutputForSplit(id)));
    }

    @Override
    public void releaseOutputForSplit(String splitId) {
      outputs.remove(splitId);
      partitions.remove(splitId);
      to.releaseOutputForSplit(splitId);
    }

    @Override
    public void collect(SourceRecord record) {
      to.collect(record);
    }

    @Override
    public void collect(SourceRecord record, long timestamp) {
      to.collect(record, timestamp);
    }
  }

  /** How far the reader is in a partition, and what it has reported of that. */
  private final class Partition {
    private final TopicPartition id;
    private long newest = Long.MIN_VALUE;
    private boolean hadEvents;

    /** Whether a record has passed: its first events are held until the clock starts. */
    private boolean passed;

    private long reportedNext = -1;
    private boolean reportedCaughtUp;

    Partition(TopicPartition id) {
      this.id = id;
    }

    void note(SourceRecord record) {
      if (record.event() != null) {
        newest = Math.max(newest, record.event().eventTime());
        hadEvents = true;
      }
      passed = true;
      changed = true;
    }

    /** Whether it is elsewhere than its last report says, or has caught up since. */
    boolean hasMoved() {
      return passed && (lost.next(id) != reportedNext || caughtUp && !reportedCaughtUp);
    }

    void report(ReaderOutput<SourceRecord> to) {
      if (hadEvents || hasMoved()) {
        reportedNext = lost.next(id);
        reportedCaughtUp = caughtUp;
        to.collect(
            SourceRecord.of(
                new PartitionProgress(id.partition(), hadEvents, newest, reportedNext, caughtUp)));
        hadEvents = false;
      }
    }
  }

  /** What the reader emits the records of one partition to. */
  private static final class PartitionOutput extends ForwardingOutput<SourceRecord> {
    private final Partition partition;
    private final SourceOutput<SourceRecord> to;

    PartitionOutput(Partition partition, SourceOutput<SourceRecord> to) {
      super(to);
      this.partition = partition;
      this.to = to;
    }

    @Override
    public void collect(SourceRecord record) {
      partition.note(record);
      to.collect(record);
    }

    @Override
    public void collect(SourceRecord record, long timestamp) {
      partition.note(record);
      to.collect(record, timestamp);
    }
  }
}
