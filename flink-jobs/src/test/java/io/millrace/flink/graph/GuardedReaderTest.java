package io.millrace.flink.graph;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.EventLimits;
import io.millrace.event.RejectedRecord;
import io.millrace.flink.operator.EventRecordDecoder;
import io.millrace.format.RecordForm;
import io.millrace.jobfile.JobConfig;
import io.millrace.random.Seeds;
import io.millrace.spec.JobSpec;
import io.millrace.state.SourceRecord;
import io.millrace.values.FirstRecords;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.InputStatus;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** Laws of a reader whose partitions hold events; the topic is a list of values in memory. */
@SuppressWarnings("try") // close() of a reader may throw anything
class GuardedReaderTest {

  private static final JobSpec JOB =
      JobConfig.parse(
              """
              name: guarded
              schema:
                label: {column: click}
                time: {column: t, unit: ms}
                categorical: [{columns: site, expected_ids: 10}]
              windows: {size: 1s}
              arms: [{name: full, hash: full}]
              """,
              "job.yaml")
          .spec();

  private static final long START = 1_700_000_000_000L;
  private static final long FAR = 10_000_000;
  private static final GuardedReader.Waits FOR_EVER = GuardedReader.Waits.FOR_EVER;
  private static final GuardedReader.Waits SHORT =
      new GuardedReader.Waits(Duration.ofMillis(20), Duration.ofMillis(20));
  private static final GuardedReader.Waits LONG =
      new GuardedReader.Waits(Duration.ofMillis(20), Duration.ofMillis(300));
  private static final GuardedReader.Waits HOURS =
      new GuardedReader.Waits(Duration.ofHours(1), Duration.ofHours(1));
  private static final GuardedSplit.Serializer SPLITS =
      new GuardedSplit.Serializer(new KafkaPartitionSplitSerializer());

  /** Values by partition; the reader ends where the list ends, if its partitions have an end. */
  private final Map<TopicPartition, List<byte[]>> topic = new HashMap<>();

  /** What was emitted, by partition; empty once its output is released. */
  private final Map<String, List<String>> emitted = new TreeMap<>();

  private final List<RejectedRecord> rejects = new ArrayList<>();
  private final List<String> released = new ArrayList<>();

  private static byte[] json(long time) {
    return "{\"t\":%d,\"click\":1,\"site\":\"a\"}".formatted(time).getBytes(UTF_8);
  }

  private TopicPartition partition(int number, long... times) {
    TopicPartition partition = new TopicPartition("clicks", number);
    topic.put(partition, LongStream.of(times).mapToObj(GuardedReaderTest::json).toList());
    return partition;
  }

  /** Reads the partitions in turn, a record a poll. */
  private final class Memory
      implements SourceReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> {
    private final boolean ends;
    private final Map<TopicPartition, Long> offsets =
        new TreeMap<>((a, b) -> Integer.compare(a.partition(), b.partition()));
    private int turn;

    Memory(boolean ends) {
      this.ends = ends;
    }

    @Override
    public void start() {}

    @Override
    public InputStatus pollNext(ReaderOutput<ConsumerRecord<byte[], byte[]>> output) {
      if (offsets.isEmpty()) {
        return InputStatus.END_OF_INPUT;
      }
      TopicPartition next = List.copyOf(offsets.keySet()).get(turn++ % offsets.size());
      String splitId = KafkaPartitionSplit.toSplitId(next);
      long offset = offsets.get(next);
      if (offset < topic.get(next).size()) {
        output.createOutputForSplit(splitId).collect(record(next, offset), START + offset);
        offsets.put(next, offset + 1);
      } else if (ends) {
        offsets.remove(next);
        output.releaseOutputForSplit(splitId);
      } else {
        return InputStatus.NOTHING_AVAILABLE;
      }
      return InputStatus.MORE_AVAILABLE;
    }

    private ConsumerRecord<byte[], byte[]> record(TopicPartition from, long offset) {
      return new ConsumerRecord<>(
          from.topic(),
          from.partition(),
          offset,
          START + FAR + offset,
          TimestampType.CREATE_TIME,
          -1,
          -1,
          offset % 2 == 0 ? null : new byte[] {7},
          topic.get(from).get((int) offset),
          new RecordHeaders(),
          Optional.empty());
    }

    @Override
    public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
      return offsets.entrySet().stream()
          .map(e -> new KafkaPartitionSplit(e.getKey(), e.getValue()))
          .toList();
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return new CompletableFuture<>();
    }

    @Override
    public void addSplits(List<KafkaPartitionSplit> splits) {
      splits.forEach(split -> offsets.put(split.getTopicPartition(), split.getStartingOffset()));
    }

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {}
  }

  /** Notes what is emitted. */
  private final class Sink implements ReaderOutput<SourceRecord> {
    private final String splitId;

    Sink(String splitId) {
      this.splitId = splitId;
    }

    @Override
    public void collect(SourceRecord record, long timestamp) {
      assertThat(released).doesNotContain(splitId);
      if (record.reject() != null) {
        rejects.add(record.reject());
      }
      String text =
          record.event() == null
              ? record.reject().reason() + " " + record.reject().offset()
              : record.event().eventTime() + " " + record.values().ids().length;
      emitted
          .computeIfAbsent(splitId, s -> new ArrayList<>())
          .add(text + " at " + (timestamp - START));
    }

    @Override
    public void collect(SourceRecord record) {
      emitted
          .computeIfAbsent(splitId, s -> new ArrayList<>())
          .add(record.warning().kind() + " " + record.warning().place());
    }

    @Override
    public SourceOutput<SourceRecord> createOutputForSplit(String split) {
      return new Sink(split);
    }

    @Override
    public void releaseOutputForSplit(String split) {
      released.add(split);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      throw new AssertionError("watermarks come from events");
    }

    @Override
    public void markIdle() {}

    @Override
    public void markActive() {}
  }

  private GuardedReader reader(boolean ends, GuardedReader.Waits waits) {
    return reader(ends, waits, Delay::after);
  }

  private GuardedReader reader(
      boolean ends, GuardedReader.Waits waits, Function<Duration, CompletableFuture<Void>> clock) {
    EventRecordDecoder decoder = decoder();
    return new GuardedReader(
        new Memory(ends), partition -> new PartitionGuard(partition, JOB, decoder), waits, clock);
  }

  private static EventRecordDecoder decoder() {
    EventRecordDecoder decoder =
        new EventRecordDecoder(JOB.schema(), EventLimits.DEFAULT, RecordForm.json());
    decoder.open(null);
    return decoder;
  }

  private List<KafkaPartitionSplit> splits() {
    return topic.keySet().stream().map(p -> new KafkaPartitionSplit(p, 0)).toList();
  }

  private static List<KafkaPartitionSplit> throughBytes(List<KafkaPartitionSplit> splits)
      throws IOException {
    List<KafkaPartitionSplit> read = new ArrayList<>();
    for (KafkaPartitionSplit split : splits) {
      read.add(SPLITS.deserialize(SPLITS.getVersion(), SPLITS.serialize(split)));
    }
    return read;
  }

  private void readToTheEnd(GuardedReader reader) throws Exception {
    Sink sink = new Sink("main");
    while (reader.pollNext(sink) != InputStatus.END_OF_INPUT) {
      assertThat(emitted).doesNotContainKey("main");
    }
  }

  private static long[] hostile(long seed, int n) {
    SplittableRandom random = Seeds.generator(seed, "guarded", 0);
    long[] times = new long[n];
    long now = START;
    for (int i = 0; i < n; i++) {
      now += random.nextInt(200) + (i == n / 2 ? FAR : 0);
      times[i] = now + (random.nextInt(12) == 0 ? random.nextInt(1_000_000) : 0);
    }
    return times;
  }

  // Law: readers that are stopped at any record, and whose partitions go to two other readers, emit
  // what one reader emits: nothing is lost that was held, nothing comes twice.
  @Test
  void anyCheckpointContinues() throws Exception {
    int n = 90;
    partition(0, hostile(1, n));
    partition(1, hostile(2, n));
    GuardedReader whole = reader(true, FOR_EVER);
    whole.addSplits(splits());
    readToTheEnd(whole);
    Map<String, List<String>> expected = new TreeMap<>(emitted);
    assertThat(expected.toString()).contains("time_ahead_of_stream", "TIME_AHEAD partition 1");
    assertThat(released).containsExactly("clicks-0", "clicks-1");
    for (int stop = 0; stop <= 2 * n; stop += 3) {
      emitted.clear();
      released.clear();
      GuardedReader first = reader(true, FOR_EVER);
      first.addSplits(throughBytes(splits()));
      for (int i = 0; i < stop; i++) {
        first.pollNext(new Sink("main"));
      }
      for (KafkaPartitionSplit split : throughBytes(first.snapshotState(1))) {
        GuardedReader next = reader(true, FOR_EVER);
        next.addSplits(List.of(split));
        readToTheEnd(next);
      }
      assertThat(emitted).as("stopped after %d records", stop).isEqualTo(expected);
    }
  }

  // Law: a reject that was held has its place and its bytes, also after a restart.
  @Test
  void aRejectKeepsItsRecord() throws Exception {
    long[] times = LongStream.range(0, 50).map(i -> START + i * 10).toArray();
    times[31] += FAR;
    partition(4, times);
    GuardedReader first = reader(true, FOR_EVER);
    first.addSplits(splits());
    for (int i = 0; i < 40; i++) {
      first.pollNext(new Sink("main"));
    }
    GuardedReader next = reader(true, FOR_EVER);
    next.addSplits(throughBytes(first.snapshotState(1)));
    readToTheEnd(next);
    assertThat(rejects).hasSize(1);
    RejectedRecord reject = rejects.get(0);
    assertThat(reject.reason()).isEqualTo("time_ahead_of_stream");
    assertThat(reject.topic()).isEqualTo("clicks");
    assertThat(reject.partition()).isEqualTo(4);
    assertThat(reject.offset()).isEqualTo(31);
    assertThat(reject.key()).containsExactly(7);
    assertThat(reject.value()).isEqualTo(json(times[31]));
  }

  // Law: a warning that comes while held events are decoded again is not lost.
  @Test
  void whatARestoredEventIsWarnedOfIsTold() throws Exception {
    TopicPartition partition = partition(0, START, START + 5);
    GuardedReader first = reader(false, FOR_EVER);
    first.addSplits(splits());
    first.pollNext(new Sink("main"));
    List<KafkaPartitionSplit> held = throughBytes(first.snapshotState(1));
    EventRecordDecoder decoder = decoder();
    Memory memory = new Memory(false);
    for (int i = 1; i < FirstRecords.MOST; i++) {
      decoder.deserialize(memory.record(partition, 0), new ListCollector<>(new ArrayList<>()));
    }
    GuardedReader next =
        new GuardedReader(memory, p -> new PartitionGuard(p, JOB, decoder), FOR_EVER);
    next.addSplits(held);
    next.pollNext(new Sink("main"));
    assertThat(emitted.get("clicks-0")).containsExactly("ONE_CLASS click");
  }

  // Law: the first events of a live partition pass after a while, though no record comes.
  @Test
  void theFirstEventsOfALivePartitionPass() throws Exception {
    partition(0, START, START + 5);
    GuardedReader reader = reader(false, SHORT);
    reader.addSplits(splits());
    Sink sink = new Sink("main");
    long began = System.nanoTime();
    while (reader.pollNext(sink) == InputStatus.MORE_AVAILABLE) {}
    if (emitted.isEmpty()) {
      reader.isAvailable().get(60, TimeUnit.SECONDS);
      reader.pollNext(sink);
    }
    assertThat(System.nanoTime() - began).isGreaterThan(20_000_000);
    assertThat(emitted.get("clicks-0")).hasSize(2);
    assertThat(reader.isAvailable()).isNotDone();
  }

  // Law: a live partition whose events are far from each other waits for the next event only.
  @Test
  void aSparseLivePartitionPasses() throws Exception {
    long[] times = LongStream.range(0, 15).map(i -> START + i * FAR / 100).toArray();
    partition(0, times);
    GuardedReader reader = reader(false, SHORT);
    reader.addSplits(splits());
    Sink sink = new Sink("main");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (emitted.isEmpty() || emitted.get("clicks-0").size() < 14) {
      assertThat(System.nanoTime()).isLessThan(end);
      if (reader.pollNext(sink) != InputStatus.MORE_AVAILABLE) {
        reader.isAvailable().get(30, TimeUnit.SECONDS);
      }
    }
    assertThat(emitted.get("clicks-0"))
        .isEqualTo(IntStream.range(0, 14).mapToObj(i -> times[i] + " 1 at " + (FAR + i)).toList());
    assertThat(rejects).isEmpty();
  }

  // Law: while events pass, those that are set aside do not move the clock, and are warned of.
  @Test
  void eventsSetAsideWaitWhileOthersPass() throws Exception {
    long[] times = LongStream.range(0, 33).map(i -> START + i * 10).toArray();
    times[29] += FAR;
    times[30] += 3 * FAR;
    times[32] += 2 * FAR;
    partition(0, times);
    GuardedReader reader = reader(false, LONG);
    reader.addSplits(splits());
    Sink sink = new Sink("main");
    while (reader.pollNext(sink) == InputStatus.MORE_AVAILABLE) {}
    Thread.sleep(LONG.setAside().toMillis() + 5);
    reader.pollNext(sink);
    assertThat(emitted.get("clicks-0")).hasSize(31).endsWith("TIME_AHEAD partition 0");
  }

  // Law: however often the reader is asked, it has one timer, and a new one after that.
  @Test
  void oneTimerRuns() throws Exception {
    partition(0, START, START + 5);
    List<CompletableFuture<Void>> timers = new ArrayList<>();
    GuardedReader reader =
        reader(
            false,
            HOURS,
            time -> {
              assertThat(time).isPositive().isLessThanOrEqualTo(HOURS.first());
              timers.add(new CompletableFuture<>());
              return timers.get(timers.size() - 1);
            });
    reader.addSplits(splits());
    while (reader.pollNext(new Sink("main")) == InputStatus.MORE_AVAILABLE) {}
    CompletableFuture<Void> available = reader.isAvailable();
    for (int i = 0; i < 100; i++) {
      assertThat(reader.isAvailable()).isNotDone();
    }
    assertThat(timers).hasSize(1);
    timers.get(0).complete(null);
    assertThat(available).isDone();
    assertThat(reader.isAvailable()).isNotDone();
    assertThat(timers).hasSize(2);
  }

  // Law: of events that a live partition has set aside for long there is one warning.
  @Test
  void eventsSetAsideForLongAreWarnedOf() throws Exception {
    long[] times = LongStream.range(0, 30).map(i -> START + i * 10).toArray();
    times[29] += FAR;
    partition(0, times);
    GuardedReader reader = reader(false, SHORT);
    reader.addSplits(splits());
    Sink sink = new Sink("main");
    for (int i = 0; i < 3; i++) {
      while (reader.pollNext(sink) == InputStatus.MORE_AVAILABLE) {}
      Thread.sleep(25);
    }
    assertThat(emitted.get("clicks-0")).hasSize(30).endsWith("TIME_AHEAD partition 0");
    // A timer that ended while this thread slept is taken by the next poll; no other one follows.
    while (reader.pollNext(sink) == InputStatus.MORE_AVAILABLE) {}
    assertThat(reader.isAvailable()).isNotDone();
  }

  @Test
  void withAnEndNothingPassesForTheClockOnTheWall() throws Exception {
    partition(0, START, START + 5);
    GuardedReader reader = reader(false, FOR_EVER);
    reader.addSplits(splits());
    Sink sink = new Sink("main");
    for (int i = 0; i < 3; i++) {
      reader.pollNext(sink);
      Thread.sleep(5);
    }
    assertThat(emitted).isEmpty();
    assertThat(reader.isAvailable()).isNotDone();
  }

  // Law: partitions in checkpoints of releases that held nothing are read.
  @Test
  void olderBytesAreRead() throws Exception {
    KafkaPartitionSplitSerializer kafka = new KafkaPartitionSplitSerializer();
    KafkaPartitionSplit old = new KafkaPartitionSplit(new TopicPartition("t", 3), 17, 20);
    assertThat(kafka.getVersion()).isLessThan(GuardedSplit.Serializer.VERSION);
    assertThat(SPLITS.deserialize(kafka.getVersion(), kafka.serialize(old)))
        .isEqualTo(old)
        .isNotInstanceOf(GuardedSplit.class);
    assertThat(SPLITS.deserialize(SPLITS.getVersion(), SPLITS.serialize(old))).isEqualTo(old);
    byte[] bytes = SPLITS.serialize(old);
    assertThatThrownBy(() -> SPLITS.deserialize(SPLITS.getVersion() + 1, bytes))
        .hasMessage(
            "version of a partition's state must be at most 1000 but was 1001; restore it with the"
                + " release that wrote it");
  }
}
