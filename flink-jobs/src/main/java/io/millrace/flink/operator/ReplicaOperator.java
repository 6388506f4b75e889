package io.millrace.flink.operator;

import io.millrace.event.SchemaChange;
import io.millrace.replica.FormerReplicas;
import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaTask;
import io.millrace.runs.JobMetric;
import io.millrace.runs.StageClock;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.RawState;
import io.millrace.state.UpdateChunk;
import io.millrace.stream.StageTimer;
import io.millrace.student.FormerStudent;
import io.millrace.student.StateFacts;
import io.millrace.student.StudentTables;
import io.millrace.table.FrozenState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.DoneFuture;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * The replicas of one arm: learn what the arm's student deals to them, and emit what they have
 * changed. Where there are fewer subtasks than replicas, as where a scheduler makes do with the
 * slots that are there, a subtask has several.
 *
 * <p>Their state holds what cannot be had from the student's. Each replica is an object of its own
 * in it, so that after a restart it is found by another subtask. State of another number of
 * replicas is read by all, see {@link FormerReplicas}.
 */
public final class ReplicaOperator extends AbstractStreamOperator<UpdateChunk>
    implements OneInputStreamOperator<ReplicaCommand, UpdateChunk> {
  private static final long serialVersionUID = 1L;

  private static final String PREFIX = "replicas-";

  /** Format of the state. */
  private static final int FORMAT = 1;

  /** Formats of the state that can be read. */
  public static final Set<Integer> READABLE = Set.of(FORMAT);

  private final JobSpec job;
  private final ArmSpec arm;
  private final long seed;
  private transient StateFacts facts;
  private transient Map<Integer, ReplicaTask> replicas;
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
    return PREFIX + arm.name();
  }

  /** Name of a replica in state. */
  public static String name(ArmSpec arm, int number) {
    return name(arm.name(), number);
  }

  private static String name(String arm, int number) {
    return PREFIX + arm + "-" + number;
  }

  /** Names of an arm's replicas that are among the names of objects in state. */
  public static List<String> names(String arm, Collection<String> names) {
    List<String> found = new ArrayList<>();
    while (names.contains(name(arm, found.size()))) {
      found.add(name(arm, found.size()));
    }
    return found;
  }

  /** The subtask that a replica is in. */
  public static int subtask(int replica, int subtasks) {
    return replica % subtasks;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    facts = StateFacts.ofStudent(job, arm);
    TaskInfo task = getRuntimeContext().getTaskInfo();
    StudentTables tables = new StudentTables(job, arm, seed);
    replicas = new TreeMap<>();
    for (int r = 0; r < arm.replicas(); r++) {
      if (subtask(r, task.getNumberOfParallelSubtasks()) == task.getIndexOfThisSubtask()) {
        replicas.put(r, tables.replica(r, this::emit));
      }
    }
    int saved = RawState.names(context).size();
    if (saved == 0 || saved == arm.replicas()) {
      readOwn(context);
    } else {
      readFormer(context, saved);
    }
  }

  private void readOwn(StateInitializationContext context) throws IOException {
    Map<String, RawState.Reader> readers = new HashMap<>();
    replicas.forEach(
        (number, replica) -> {
          String name = name(arm, number);
          readers.put(name, in -> read(name, replica::readState, in));
        });
    Restore.readOwn(context, FORMAT, readers);
  }

  private void readFormer(StateInitializationContext context, int saved) throws IOException {
    FormerReplicas former = new FormerReplicas(arm.replicas(), replicas::containsKey);
    Map<String, RawState.Reader> readers = new HashMap<>();
    for (int r = 0; r < saved; r++) {
      int number = r;
      String name = name(arm, r);
      readers.put(name, in -> read(name, object -> former.read(number, object), in));
    }
    Restore.readOwn(context, FORMAT, readers);
    replicas.values().forEach(replica -> replica.follow(former));
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
    replicas.get(element.getValue().replica()).take(element.getValue());
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    emitTimes();
  }

  private void emitTimes() {
    TotalsOutput.spent(output, StageTimer.student(arm), clock.lap());
  }

  @Override
  public OperatorSnapshotFutures snapshotState(
      long id, long time, CheckpointOptions how, CheckpointStreamFactory storage) throws Exception {
    OperatorSnapshotFutures rest = super.snapshotState(id, time, how, storage);
    Map<String, RawState.Writer> writers = new LinkedHashMap<>();
    for (ReplicaTask replica : replicas.values()) {
      replica.states().forEach((r, state) -> writers.put(name(arm, r), out -> write(state, out)));
    }
    if (!writers.isEmpty()) {
      OperatorStateHandle written = RawState.writeForAll(writers, FORMAT, storage);
      checkpointBytes = written.getStateSize();
      rest.setOperatorStateRawFuture(DoneFuture.of(SnapshotResult.of(written)));
    }
    return rest;
  }

  private void write(FrozenState.Writer state, DataOutput out) throws IOException {
    facts.write(out);
    state.write(out);
  }

  private void read(String name, RawState.Reader state, DataInput in) throws IOException {
    JobSpec of = facts.check(name, in);
    FormerStudent.check(arm, SchemaChange.between(of.schema(), job.schema()));
    state.read(in);
  }

  @Override
  public void finish() throws Exception {
    emitTimes();
    super.finish();
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (replicas != null) {
      replicas.values().forEach(ReplicaTask::close);
    }
  }
}
