package io.millrace.flink.operator;

import io.millrace.flink.run.PartClock;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.stream.JobSpec;
import io.millrace.stream.PartTimer;
import io.millrace.stream.StateFacts;
import io.millrace.stream.TeacherStream;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** A teacher: learns from every event and hands out its vectors when a pane ends. Parallelism 1. */
public final class TeacherOperator extends AbstractStreamOperator<MapPiece>
    implements OneInputStreamOperator<GatedEvent, MapPiece> {
  private static final long serialVersionUID = 1L;

  /** Format of a teacher's state. */
  public static final int FORMAT = 4;

  private final JobSpec job;
  private final boolean second;
  private final long seed;
  private transient TeacherStream teacher;
  private transient PartClock clock;
  private transient ModelCheckpoints checkpoints;
  private transient StateFacts facts;

  /**
   * A teacher that has learned nothing.
   *
   * @param second whether it is the one that measures the floor of map agreement
   */
  public TeacherOperator(
      StreamOperatorParameters<MapPiece> parameters, JobSpec job, boolean second, long seed) {
    super(parameters);
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
        new TeacherStream(
            name(second),
            job.schema(),
            job.windows(),
            job.teacher(),
            job.decay(),
            job.student().maxHeld(),
            seed,
            (field, pane, values) ->
                output.collect(
                    new StreamRecord<>(
                        MapPiece.of(field, pane, second, values),
                        job.windows().paneEnd(pane) - 1)));
    Restore.read(context, name(second), FORMAT, this::readState);
    checkpoints = new ModelCheckpoints(name(second), FORMAT);
  }

  @Override
  public void open() throws Exception {
    super.open();
    getMetricGroup().gauge("events_learned_total", () -> teacher.learned());
    getMetricGroup().gauge("events_skipped_total", () -> teacher.skipped());
    checkpoints.register(getMetricGroup());
    clock = new PartClock();
    clock.start();
  }

  @Override
  public void processElement(StreamRecord<GatedEvent> element) {
    teacher.onEvent(element.getValue().event(), element.getValue().late());
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    teacher.onWatermark(mark.getTimestamp());
    Tallies.spent(output, PartTimer.TEACHER, clock.lap());
    super.processWatermark(mark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    Tallies.spent(output, PartTimer.TEACHER, clock.lap());
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

  private void readState(DataInput in) throws IOException {
    facts.check(name(second), in);
    teacher.readState(in);
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (teacher != null) {
      teacher.close();
    }
  }
}
