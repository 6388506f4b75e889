package io.millrace.flink.operator;

import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaTask;
import io.millrace.runs.JobMetric;
import io.millrace.runs.StageClock;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.RawState;
import io.millrace.state.UpdateChunk;
import io.millrace.stream.StageTimer;
import io.millrace.student.StateFacts;
import io.millrace.student.StudentTables;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Set;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * The replicas of one arm, one in each subtask: learn what the arm's student deals to them, and
 * emit what they have changed. Their state holds what cannot be had from the student's.
 */
public final class ReplicaOperator extends AbstractStreamOperator<UpdateChunk>
    implements OneInputStreamOperator<ReplicaCommand, UpdateChunk> {
  private static final long serialVersionUID = 1L;

  /** Format of the state. */
  private static final int FORMAT = 1;

  /** Formats of the state that can be read. */
  public static final Set<Integer> READABLE = Set.of(FORMAT);

  private final JobSpec job;
  private final ArmSpec arm;
  private final long seed;
  private transient StateFacts facts;
  private transient ReplicaTask replica;
  private transient StageClock clock;
  private transient volatile long checkpointBytes;

  /**
   * A replica that has been told nothing.
   *
   * @param seed root seed of the job
   */
  public ReplicaOperator(
      StreamOperatorParameters<UpdateChunk> parameters, JobSpec job, ArmSpec arm, long seed) {
    super(parameters);
    this.job = job;
    this.arm = arm;
    this.seed = seed;
  }

  /** Name of the operator of an arm. */
  public static String name(ArmSpec arm) {
    return "replicas-" + arm.name();
  }

  /** Name of a replica in state. */
  public static String name(ArmSpec arm, int number) {
    return name(arm) + "-" + number;
  }

  /**
   * The subtask that a replica is in.
   *
   * @throws IllegalStateException if there are fewer subtasks than replicas, as where a scheduler
   *     makes do with the slots that are there
   */
  public static int subtask(ArmSpec arm, int replica, int subtasks) {
    if (subtasks != arm.replicas()) {
      throw new IllegalStateException(
          "arm %s has %d replicas, each of which needs a task slot, but got %d; add slots, or set arms[].replicas to %d in a new run"
              .formatted(arm.name(), arm.replicas(), subtasks, subtasks));
    }
    return replica;
  }

  private int number() {
    return getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    facts = StateFacts.ofStudent(job, arm);
    replica = new StudentTables(job, arm, seed).replica(number(), this::emit);
    Restore.read(context, name(arm, number()), FORMAT, this::read);
  }

  private void emit(byte[] record) {
    output.collect(
        new StreamRecord<>(new UpdateChunk(arm.name(), job.arms().indexOf(arm), record)));
  }

  @Override
  public void open() throws Exception {
    super.open();
    clock = new StageClock();
    getMetricGroup().gauge(JobMetric.CPU_SECONDS_TOTAL.key(), clock::seconds);
    getMetricGroup().gauge(JobMetric.CHECKPOINT_BYTES.key(), () -> checkpointBytes);
    clock.start();
  }

  @Override
  public void processElement(StreamRecord<ReplicaCommand> element) {
    replica.take(element.getValue());
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    emitTimes();
  }

  private void emitTimes() {
    TotalsOutput.spent(output, StageTimer.student(arm), clock.lap());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    checkpointBytes = RawState.write(context, name(arm, number()), FORMAT, this::write);
  }

  private void write(DataOutput out) throws IOException {
    facts.write(out);
    replica.writeState(out);
  }

  private void read(DataInput in) throws IOException {
    facts.check(name(arm, number()), in);
    replica.readState(in);
  }

  @Override
  public void finish() throws Exception {
    emitTimes();
    super.finish();
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (replica != null) {
      replica.close();
    }
  }
}
