package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.WindowSpec;
import io.millrace.jobfile.JobConfig;
import io.millrace.spec.CountOptions;
import io.millrace.spec.JobSpec;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.state.SourceRecord;
import io.millrace.time.MapGrid;
import io.millrace.time.WatchGrid;
import io.millrace.values.EventValues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkOutputMultiplexer;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.clock.ManualClock;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Law: whatever the clocks of two partitions do, a window closes once, when the watermark of all
 * partitions that are not idle has passed it, with exactly the events that came in time.
 *
 * <p>One reader with its generators, combined as Flink's source does, then the gate, the combiner
 * and the counts. Windows are of 10 ms; an event's id is its own number.
 */
@SuppressWarnings("try") // close() of a harness may throw anything
class EventTimeTest {

  private static final Duration IDLE_AFTER = Duration.ofSeconds(5);
  private static final WindowSpec WINDOWS = WindowSpec.tumbling(10);
  private static final JobSpec JOB =
      JobConfig.parse(
              """
              name: time
              schema:
                label: {column: click}
                time: {column: t, unit: ms}
                categorical: [{columns: site, expected_ids: 10}]
              windows: {size: 10ms}
              arms: [{name: full, hash: full}]
              """,
              "job.yaml")
          .spec();

  private final ManualClock wall = new ManualClock();
  private final List<String> closed = new ArrayList<>();
  private final List<WatermarkGenerator<SourceRecord>> generators = new ArrayList<>();
  private final WatermarkOutputMultiplexer partitions =
      new WatermarkOutputMultiplexer(new ToGate());
  private OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent> gate;
  private OneInputStreamOperatorTestHarness<GatedEvent, CountDelta> combine;
  private KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> counts;
  private int late;

  @BeforeEach
  void open() throws Exception {
    gate =
        new OneInputStreamOperatorTestHarness<>(
            OperatorFactory.of(GateOperator.class, p -> new GateOperator(p, JOB, Duration.ZERO)));
    combine =
        new OneInputStreamOperatorTestHarness<>(
            OperatorFactory.of(
                CombineOperator.class,
                p ->
                    new CombineOperator(
                        p,
                        new WatchGrid(WINDOWS, 1),
                        MapGrid.ofPanes(WINDOWS),
                        List.of(0),
                        1,
                        1000)));
    counts =
        new KeyedOneInputStreamOperatorTestHarness<>(
            OperatorFactory.of(
                CountOperator.class,
                p ->
                    new CountOperator(
                        p,
                        new RefreshDecisions.Source(MapGrid.ofPanes(WINDOWS), false, null, null),
                        List.of(),
                        new CountOptions(1, 1, 1000, 0),
                        4096)),
            CountDelta::shard,
            Types.INT);
    gate.open();
    combine.open();
    counts.open();
    for (int p = 0; p < 2; p++) {
      partitions.registerNewOutput(Integer.toString(p), new NobodyAsks());
      generators.add(
          new EventWatermarks(new WatchGrid(WINDOWS, 1), IDLE_AFTER)
              .createWatermarkGenerator(new Context()));
    }
  }

  @AfterEach
  void close() throws Exception {
    gate.close();
    combine.close();
    counts.close();
  }

  @Test
  void lateEventsAreInNoWindow() throws Exception {
    events(0, 1, 12);
    events(1, 2, 15);
    events(0, 3, 14);
    events(1, 4, 21);
    events(0, 22);
    assertThat(late).isEqualTo(2);
    assertThat(closed).containsExactly("0: 1 2", "10: 12 14 15");
  }

  // the days without events have no window, and the next one closes as ever
  @Test
  void clocksThatJumpAhead() throws Exception {
    events(0, 1, 2);
    events(1, 3);
    events(0, 100_001);
    assertThat(closed).isEmpty();
    events(1, 100_002);
    assertThat(closed).containsExactly("0: 1 2 3");
    events(0, 100_011);
    events(1, 100_012);
    assertThat(closed).containsExactly("0: 1 2 3", "100000: 100001 100002");
  }

  // what comes again is late, until time is where it was
  @Test
  void clocksThatJumpBack() throws Exception {
    events(0, 101, 112);
    events(1, 102, 113);
    events(0, 41, 52, 63);
    events(1, 43, 54, 65);
    assertThat(late).isEqualTo(6);
    events(0, 114, 121);
    events(1, 122);
    assertThat(late).isEqualTo(6);
    assertThat(closed).containsExactly("100: 101 102", "110: 112 113 114");
  }

  @Test
  void anIdlePartitionHoldsNothingBackForLong() throws Exception {
    events(0, 1, 12);
    seconds(4);
    assertThat(closed).isEmpty();
    events(0, 13);
    seconds(4);
    assertThat(closed).containsExactly("0: 1");
    events(0, 22);
    assertThat(closed).containsExactly("0: 1", "10: 12 13");
    events(1, 5, 23);
    events(0, 31);
    assertThat(late).isEqualTo(1);
    assertThat(closed).hasSize(2);
    events(1, 32);
    assertThat(closed).containsExactly("0: 1", "10: 12 13", "20: 22 23");
  }

  // windows wait for it as long as it sends, and are whole; the other one is idle in the end
  @Test
  void aPartitionThatIsFarBehind() throws Exception {
    events(1, 1);
    for (int t = 0; t < 100; t += 10) {
      events(0, t + 5);
      seconds(1);
      events(1, 1 + t / 50);
      seconds(1);
    }
    assertThat(closed).isEmpty();
    for (int t = 10; t <= 100; t += 10) {
      events(1, t);
      seconds(1);
    }
    assertThat(late).isZero();
    assertThat(closed).hasSize(10).contains("10: 10 15", "90: 90 95");
  }

  // when it falls silent the others go on, and what it had left to say is late
  @Test
  void aPartitionThatIsFarBehindAndStops() throws Exception {
    events(1, 1);
    events(0, 5, 95);
    seconds(7);
    events(0, 101);
    assertThat(closed).containsExactly("0: 1 5", "90: 95");
    events(1, 11, 21);
    assertThat(late).isEqualTo(2);
    events(0, 111);
    assertThat(closed).hasSize(2);
    events(1, 112);
    assertThat(closed).containsExactly("0: 1 5", "90: 95", "100: 101");
  }

  private void events(int partition, long... times) throws Exception {
    for (long time : times) {
      ClickEvent event = new ClickEvent(time, 1, new float[0], new long[] {time}, new int[] {0, 1});
      SourceRecord record = SourceRecord.of(event, new EventValues.Collector().take(), null);
      gate.processElement(new StreamRecord<>(record, time));
      generators
          .get(partition)
          .onEvent(record, time, partitions.getImmediateOutput(Integer.toString(partition)));
      flow();
    }
  }

  /** Lets wall time pass, with the periodic call each second. */
  private void seconds(int n) throws Exception {
    for (int i = 0; i < n; i++) {
      wall.advanceTime(Duration.ofSeconds(1));
      for (int p = 0; p < generators.size(); p++) {
        generators.get(p).onPeriodicEmit(partitions.getDeferredOutput(Integer.toString(p)));
      }
      partitions.onPeriodicEmit();
      flow();
    }
  }

  /** Hands on what the operators have put out. */
  private void flow() throws Exception {
    for (GatedEvent event : pass(gate, combine, GatedEvent.class)) {
      late += event.late() ? 1 : 0;
    }
    pass(combine, counts, CountDelta.class);
    for (MapPiece piece : counts.extractOutputValues()) {
      long[] ids = piece.counts().ids().clone();
      StringBuilder line = new StringBuilder(WINDOWS.paneStart(piece.subWindow()) + ":");
      Arrays.sort(ids);
      for (long id : ids) {
        if (WINDOWS.pane(id) == piece.subWindow()) {
          line.append(' ').append(id);
        }
      }
      closed.add(line.toString());
    }
    counts.getOutput().clear();
  }

  private static <T> List<T> pass(
      OneInputStreamOperatorTestHarness<?, T> from,
      OneInputStreamOperatorTestHarness<T, ?> to,
      Class<T> type)
      throws Exception {
    List<T> passed = new ArrayList<>();
    Queue<Object> output = from.getOutput();
    for (Object out = output.poll(); out != null; out = output.poll()) {
      if (out instanceof Watermark mark) {
        to.processWatermark(mark);
      } else if (out instanceof WatermarkStatus status) {
        to.processWatermarkStatus(status);
      } else if (out instanceof StreamRecord<?> record && type.isInstance(record.getValue())) {
        T value = type.cast(record.getValue());
        passed.add(value);
        to.processElement(
            new StreamRecord<>(value, record.hasTimestamp() ? record.getTimestamp() : 0));
      }
    }
    return passed;
  }

  /** What the partitions say together goes to the gate. */
  private final class ToGate implements WatermarkOutput {
    @Override
    public void emitWatermark(org.apache.flink.api.common.eventtime.Watermark watermark) {
      say(() -> gate.processWatermark(new Watermark(watermark.getTimestamp())));
    }

    @Override
    public void markIdle() {
      say(() -> gate.processWatermarkStatus(WatermarkStatus.IDLE));
    }

    @Override
    public void markActive() {
      say(() -> gate.processWatermarkStatus(WatermarkStatus.ACTIVE));
    }

    private void say(Step step) {
      try {
        step.run();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Something that a harness does. */
  @FunctionalInterface
  private interface Step {
    void run() throws Exception;
  }

  /** For alignment, which this job does not use. */
  private static final class NobodyAsks
      implements WatermarkOutputMultiplexer.WatermarkUpdateListener {
    @Override
    public void onIdleUpdate(boolean idle) {}

    @Override
    public void onWatermarkUpdate(long watermark) {}
  }

  private final class Context implements WatermarkGeneratorSupplier.Context {
    @Override
    public MetricGroup getMetricGroup() {
      return new UnregisteredMetricsGroup();
    }

    @Override
    public RelativeClock getInputActivityClock() {
      return wall;
    }
  }
}
