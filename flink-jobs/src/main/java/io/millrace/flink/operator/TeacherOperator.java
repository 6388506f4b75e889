package io.millrace.flink.operator;

import io.millrace.maps.TeacherValues;
import io.millrace.runs.JobMetric;
import io.millrace.runs.StageClock;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.state.WatchPiece;
import io.millrace.stream.StageTimer;
import io.millrace.student.StateFacts;
import io.millrace.teacher.Teacher;
import io.millrace.watch.Losses;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * A teacher: learns from every event and hands out its vectors when a pane ends, and within it when
 * maps are built. Parallelism 1.
 *
 * <p>Until it is decided whether maps are built at a part's end, what comes after it is held back,
 * watermarks too, so that barriers pass meanwhile. The first teacher tells the watch its losses.
 */
public final class TeacherOperator extends AbstractStreamOperator<MapPiece>
    implements OneInputStreamOperator<GatedEvent, MapPiece> {
  private static final long serialVersionUID = 1L;

  private static final int SLICE = 1024;

  /** Format of a teacher's state. */
  public static final int FORMAT = 5;

  /** That of teachers that handed out vectors at the ends of panes alone. */
  private static final int WITHOUT_PARTS = 4;

  /** Formats that can be read. */
  public static final Set<Integer> READABLE = Set.of(WITHOUT_PARTS, FORMAT);

  private final JobSpec job;
  private final boolean second;
  private final long seed;
  private final RefreshDecisions.Source source;
  private final transient MailboxExecutor mailbox;
  private transient RefreshDecisions refreshes;
  private transient Teacher teacher;
  private transient StageClock clock;
  private transient ModelCheckpoints checkpoints;
  private transient StateFacts facts;

  /**
   * A teacher that has learned nothing.
   *
   * @param second whether it is the one that measures the floor of map agreement
   * @param source where it is said when maps are built
   */
  public TeacherOperator(
      StreamOperatorParameters<MapPiece> parameters,
      JobSpec job,
      boolean second,
      long seed,
      RefreshDecisions.Source source) {
    super(parameters);
    this.source = source;
    this.mailbox = parameters.getMailboxExecutor();
    this.job = job;
    this.second = second;
    this.seed = seed;
  }

  /** Name of the first or second teacher, in seeds, state and operators. */
  public static String name(boolean second) {
    return second ? "teacher-2" : "teacher";
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    facts = StateFacts.ofTeacher(job);
    teacher =
        new Teacher(
            name(second),
            job.schema(),
            job.mapParts(),
            job.subWindows(),
            job.teacher(),
            job.decay(),
            job.student().maxHeld(),
            seed,
            new Pieces());
    refreshes = new RefreshDecisions(source, name(second), mailbox, this::takeUp);
    Restore.read(
        context,
        name(second),
        Map.of(
            FORMAT,
            in -> {
              facts.check(name(second), in);
              teacher.readState(in);
            },
            WITHOUT_PARTS,
            in -> {
              facts.check(name(second), in);
              teacher.readStateWithoutParts(in);
            }));
    checkpoints = new ModelCheckpoints(name(second), FORMAT);
  }

  @Override
  public void open() throws Exception {
    super.open();
    getMetricGroup().gauge(JobMetric.EVENTS_LEARNED_TOTAL.key(), () -> teacher.learned());
    getMetricGroup().gauge(JobMetric.EVENTS_SKIPPED_TOTAL.key(), () -> teacher.skipped());
    checkpoints.register(getMetricGroup());
    getMetricGroup().gauge(JobMetric.EVENTS_HELD_BACK.key(), () -> teacher.heldBack());
    clock = new StageClock();
    clock.start();
    if (teacher.heldBack() > 0) {
      refreshes.laterTakeUp();
    }
  }

  /** Goes on with what was held back, in slices, so that barriers and events pass in between. */
  private void takeUp() {
    if (teacher.takeUp(SLICE)) {
      refreshes.laterTakeUp();
    }
  }

  /** Sends what maps are built from, and then the watermark that they leave behind. */
  private final class Pieces implements Teacher.Listener {
    private long passed = Long.MIN_VALUE;

    @Override
    public void values(int field, long part, boolean builds, TeacherValues values) {
      output.collect(
          new StreamRecord<>(
              MapPiece.of(field, part, builds, second, values), job.mapParts().end(part) - 1));
    }

    @Override
    public boolean builds(long before, long part) {
      return refreshes.builds(before, part);
    }

    @Override
    public boolean decided(long part) {
      return refreshes.decided(part);
    }

    @Override
    public void losses(Losses losses, long knownIn) {
      if (!second) {
        WatchOperator.send(output, WatchPiece.ofTeacher(losses, knownIn));
      }
    }

    @Override
    public void complete(long part) {
      if (!second && source.byDrift()) {
        WatchOperator.send(output, WatchPiece.complete(part));
      }
    }

    @Override
    public void passed(long watermark) {
      if (watermark > passed) {
        passed = watermark;
        forward(new Watermark(watermark));
      }
    }
  }

  private void forward(Watermark mark) {
    try {
      super.processWatermark(mark);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void processElement(StreamRecord<GatedEvent> element) {
    teacher.onEvent(element.getValue().event(), element.getValue().late());
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    teacher.onWatermark(mark.getTimestamp());
    Tallies.spent(output, StageTimer.TEACHER, clock.lap());
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    Tallies.spent(output, StageTimer.TEACHER, clock.lap());
  }

  @Override
  public OperatorSnapshotFutures snapshotState(
      long id, long time, CheckpointOptions how, CheckpointStreamFactory storage) throws Exception {
    return checkpoints.add(
        super.snapshotState(id, time, how, storage),
        this::writeState,
        teacher.trainingBytes(),
        storage,
        getContainingTask().getCancelables());
  }

  private void writeState(DataOutput out) throws IOException {
    facts.write(out);
    teacher.writeState(out);
  }

  @Override
  public void finish() throws Exception {
    teacher.takeUpAll();
    super.finish();
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (refreshes != null) {
      refreshes.close();
    }
    if (teacher != null) {
      teacher.close();
    }
  }
}
