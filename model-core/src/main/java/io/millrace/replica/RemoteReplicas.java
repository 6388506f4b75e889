package io.millrace.replica;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import java.io.BufferedOutputStream;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/**
 * Replicas in tasks of their own ({@link ReplicaTask}). What they are told goes to each of them in
 * order and exactly once; what they give comes back in {@link ChangeCodec records} that may be
 * repeated, lost by a restart, or of an earlier attempt.
 *
 * <p>Replicas give the changes that are not merged once more after each restart, with the number of
 * the new attempt, so all of earlier attempts are dropped.
 */
public final class RemoteReplicas implements ReplicaLink {

  /** What the replicas share with the task that this is in. */
  public interface Task {

    /** Sends a command to the replica that it names. */
    void send(ReplicaCommand command);

    /** Returns once something is there; meanwhile changes are taken. */
    void await(BooleanSupplier there);

    /** Runs a merge, which it may measure. */
    default Merge run(Supplier<Merge> merge) {
      return merge.get();
    }
  }

  /**
   * What is not there yet of an interval that has ended.
   *
   * @param interval number of the interval
   * @param replicas whose changes are not there, ascending, at least one
   */
  public record Missing(long interval, List<Integer> replicas) {}

  private final int count;
  private final long attempt;
  private final IntFunction<MapVersion> maps;
  private final Task task;
  private Consumer<Change> taker;

  /** Replicas whose changes are not there, by interval. */
  private final NavigableMap<Long, BitSet> missing = new TreeMap<>();

  /** Replicas that changes may name: those that there are, or were. */
  private int most;

  private boolean announced;

  /** Null if changes and merges always go as bytes. */
  private SharedMemory shared;

  /**
   * Replicas that have been told nothing in this attempt.
   *
   * @param count number of them, at least 1
   * @param attempt a number that no earlier attempt had
   * @param maps the map that each field of the model uses, null where it has none
   */
  public RemoteReplicas(int count, long attempt, IntFunction<MapVersion> maps, Task task) {
    this.count = count;
    this.most = count;
    this.attempt = attempt;
    this.maps = maps;
    this.task = task;
  }

  /** Gives merges as objects to replicas of this process; called before anything else. */
  public void share(SharedMemory memory) {
    shared = memory;
  }

  @Override
  public void changesTo(Consumer<Change> to) {
    taker = to;
  }

  /**
   * Takes a change of this attempt.
   *
   * @throws IllegalStateException if the arm has no such replica
   */
  public void take(Change change) {
    if (change.replica() < 0 || change.replica() >= most) {
      throw new IllegalStateException(
          "the arm has replicas 0 to %d but a change names %d"
              .formatted(most - 1, change.replica()));
    }
    missing.computeIfPresent(
        change.interval(),
        (interval, replicas) -> {
          replicas.clear(change.replica());
          return replicas.isEmpty() ? null : replicas;
        });
    taker.accept(change);
  }

  private void expect(long interval, int replicas) {
    BitSet all = new BitSet();
    all.set(0, replicas);
    missing.put(interval, all);
  }

  /** The oldest interval whose changes are not all there. */
  public Optional<Missing> missing() {
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Missing(
                missing.firstKey(), missing.firstEntry().getValue().stream().boxed().toList()));
  }

  @Override
  public void add(int replica, ClickEvent event) {
    announce();
    task.send(new ReplicaCommand(replica, event, null, true));
  }

  @Override
  public void end(long interval) {
    expect(interval, count);
    tell(ReplicaMessages.END, out -> out.writeLong(interval));
  }

  @Override
  public void begin(List<Merge> merges) {
    announce();
    Set<Integer> near = shared == null || merges.isEmpty() ? Set.of() : shared.replicas();
    if (near.size() < count) {
      tellNow(
          ReplicaMessages.BEGIN,
          out -> ReplicaMessages.writeMerges(merges, out),
          replica -> !near.contains(replica));
    }
    if (!near.isEmpty()) {
      long number = shared.keep(merges, near.size());
      tellNow(ReplicaMessages.SHARED, out -> out.writeLong(number), near::contains);
    }
  }

  @Override
  public void start(ClickModel whole, boolean first) {
    tell(
        ReplicaMessages.START,
        out -> {
          out.writeBoolean(first);
          ReplicaMessages.writeModel(whole, maps, out);
        });
  }

  @Override
  public void resume(ClickModel model, long merged, List<Long> ended) {
    ended.forEach(interval -> expect(interval, count));
    tell(
        ReplicaMessages.RESUME,
        out -> {
          out.writeLong(merged);
          ReplicaMessages.writeModel(model, maps, out);
        });
  }

  @Override
  public void follow(int former, long merged, List<Long> ended) {
    most = Math.max(count, former);
    ended.forEach(interval -> expect(interval, former));
    tell(
        ReplicaMessages.FOLLOW,
        out -> {
          out.writeInt(former);
          out.writeLong(merged);
        });
  }

  private void tell(int kind, ReplicaMessages.Writer message) {
    announce();
    tellNow(kind, message, replica -> true);
  }

  private void announce() {
    if (!announced) {
      announced = true;
      tellNow(ReplicaMessages.ATTEMPT, out -> out.writeLong(attempt), replica -> true);
    }
  }

  private void tellNow(int kind, ReplicaMessages.Writer message, IntPredicate to) {
    Parts.Taker taker = (part, last) -> send(part, last, to);
    Parts parts = new Parts(0, ReplicaMessages.PART, 0, taker);
    try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(parts))) {
      out.writeByte(kind);
      message.write(out);
    } catch (IOException e) {
      throw new IllegalStateException("a copy in memory failed", e);
    }
  }

  private void send(byte[] part, boolean last, IntPredicate to) {
    for (int r = 0; r < count; r++) {
      if (to.test(r)) {
        task.send(new ReplicaCommand(r, null, part, last));
      }
    }
  }

  @Override
  public void await(BooleanSupplier there) {
    task.await(there);
  }

  @Override
  public Merge run(Supplier<Merge> merge) {
    return task.run(merge);
  }

  /** Writes nothing: each replica keeps its state. */
  @Override
  public void writeState(DataOutput out) {}

  @Override
  public void readState(DataInput in, int replicas) {}

  @Override
  public void close() {}
}
