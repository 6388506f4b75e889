package io.millrace.replica;

import io.millrace.dlrm.ClickModel;
import io.millrace.table.FrozenState;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A replica in a task of its own, which does what it is told by {@link RemoteReplicas}, command by
 * command, and never waits. One thread at a time.
 */
public final class ReplicaTask implements AutoCloseable {

  private static final Set<Integer> NEED_MODEL =
      Set.of(ReplicaMessages.END, ReplicaMessages.BEGIN, ReplicaMessages.SHARED);

  private final int number;
  private final Replica replica;
  private final Consumer<byte[]> records;
  private final List<byte[]> parts = new ArrayList<>();
  private boolean announced;
  private long attempt;

  /** Null where the student is in another process. */
  private SharedMemory shared;

  /** Whether it has ever begun with a model. */
  private boolean started;

  /** Those that it follows, until it begins; null if it was there before. */
  private FormerReplicas former;

  /** Whether it has begun with a model in this attempt. */
  private boolean ready;

  /**
   * A replica that has been told nothing.
   *
   * @param number from 0
   * @param shape makes a model of the arm, whose indexes are not bounded
   * @param batch events per step
   * @param records takes the records of its changes, see {@link ChangeCodec}; none where the
   *     student is in the same process, see {@link SharedMemory}
   */
  public ReplicaTask(int number, Supplier<ClickModel> shape, int batch, Consumer<byte[]> records) {
    this.number = number;
    this.records = records;
    this.replica = new Replica(number, shape.get(), shape.get(), batch);
  }

  /**
   * Does what it is told.
   *
   * @throws IllegalStateException if it cannot be told this now, or it is for another replica
   */
  public void take(ReplicaCommand command) {
    require(command.replica() == number, "of replica " + command.replica());
    if (command.event() != null) {
      require(ready, "an event before a model");
      replica.add(command.event());
      return;
    }
    parts.add(command.part());
    if (command.last()) {
      DataInputStream joined = new ExactInput(List.copyOf(parts), 0, 0);
      parts.clear();
      try {
        read(joined);
      } catch (IOException e) {
        throw new IllegalStateException("replica " + number + " cannot read what it is told", e);
      }
    }
  }

  private void require(boolean met, String what) {
    if (!met) {
      throw new IllegalStateException("replica " + number + " was told " + what);
    }
  }

  private void read(DataInputStream in) throws IOException {
    int kind = in.readByte();
    require(announced || kind == ReplicaMessages.ATTEMPT, "message " + kind + " before all else");
    require(ready || !NEED_MODEL.contains(kind), "message " + kind + " before a model");
    switch (kind) {
      case ReplicaMessages.ATTEMPT -> {
        attempt = in.readLong();
        shared = SharedMemory.join(attempt, number);
        announced = true;
      }
      case ReplicaMessages.END -> give(replica.endInterval(in.readLong()));
      case ReplicaMessages.BEGIN -> replica.begin(ReplicaMessages.readMerges(in));
      case ReplicaMessages.SHARED -> replica.begin(shared.take(in.readLong()));
      case ReplicaMessages.START -> start(in);
      case ReplicaMessages.RESUME -> resume(in);
      case ReplicaMessages.FOLLOW -> follow(in);
      default -> require(false, "message " + kind + ", which it does not know");
    }
  }

  private void give(Change change) {
    if (shared == null) {
      ChangeCodec.chunks(attempt, change).forEach(records);
    } else {
      shared.give(change);
    }
  }

  private void start(DataInput in) throws IOException {
    boolean first = in.readBoolean();
    replica.start(to -> readModel(to, in), first);
    former = null;
    started = true;
    ready = true;
  }

  private void resume(DataInput in) throws IOException {
    require(started, "to go on, but has not begun");
    long merged = in.readLong();
    replica.resume(to -> readModel(to, in), merged).forEach(this::give);
    ready = true;
  }

  private void follow(DataInput in) throws IOException {
    int count = in.readInt();
    int read = former == null ? 0 : former.count();
    require(read == count, "to follow " + count + " replicas, but has the state of " + read);
    former.changes(number, in.readLong()).forEach(this::give);
    replica.follow(former);
  }

  private static void readModel(ClickModel to, DataInput in) {
    try {
      ReplicaMessages.readModel(to, in);
    } catch (IOException e) {
      throw new IllegalStateException("a replica cannot read the model that it is given", e);
    }
  }

  /**
   * What it writes into a checkpoint, by the number of the replica whose state it is: its own or,
   * until it begins, that of each replica that it follows; none if it follows none.
   */
  public Map<Integer, FrozenState.Writer> states() {
    require(parts.isEmpty(), "a part of a message ahead of a checkpoint");
    return former == null ? Map.of(number, this::writeState) : former.states(number);
  }

  /** Writes {@code bool whether it has begun | its state if it has}. */
  private void writeState(DataOutput out) throws IOException {
    out.writeBoolean(started);
    if (started) {
      replica.writeState(out);
    }
  }

  /** Reads its own state, which {@link #states} wrote. */
  public void readState(DataInput in) throws IOException {
    started = in.readBoolean();
    if (started) {
      replica.readState(in);
    }
  }

  /** Follows those that the arm had, if they had begun; in place of {@link #readState}. */
  public void follow(FormerReplicas replicas) {
    former = replicas.count() == 0 ? null : replicas;
  }

  @Override
  public void close() {
    replica.close();
  }
}
