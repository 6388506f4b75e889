package io.millrace.replica;

import io.millrace.table.FrozenState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * The replicas that an arm had when its state was written, where it goes on with another number of
 * them.
 *
 * <p>Each former replica {@code p} is followed by replica {@code p % replicas}, which gives the
 * changes of it that are not merged. All replicas begin with the mean of the former ones' states of
 * the dense optimiser. Until they begin, they write the state of the former ones. One thread at a
 * time.
 */
public final class FormerReplicas {

  private final int replicas;
  private final IntPredicate here;

  /** Those that had begun, by their numbers. */
  private final NavigableMap<Integer, SavedReplica> begun = new TreeMap<>();

  /**
   * Of which none has been read.
   *
   * @param replicas number of those that follow, at least 1
   * @param here which of these follow from this object; others have another one
   */
  public FormerReplicas(int replicas, IntPredicate here) {
    this.replicas = replicas;
    this.here = here;
  }

  /**
   * Reads the state of one, which {@link ReplicaTask#states} wrote.
   *
   * @param number of the former replica, from 0
   */
  public void read(int number, DataInput in) throws IOException {
    if (in.readBoolean()) {
      add(number, SavedReplica.read(in));
    }
  }

  /** Adds one that had begun; its changes are kept where they are needed. */
  void add(int number, SavedReplica former) {
    boolean needed = here.test(number % replicas);
    begun.put(number, needed ? former : new SavedReplica(List.of(), former.dense()));
  }

  /** Number of former replicas that had begun. */
  int count() {
    return begun.size();
  }

  /** Dense parts with the state of their optimiser, in the order of former replicas. */
  List<byte[]> dense() {
    return begun.values().stream().map(SavedReplica::dense).toList();
  }

  /**
   * Changes of the former replicas that one replica follows, in their order.
   *
   * @param merged the newest interval whose changes are not needed
   */
  List<Change> changes(int follower, long merged) {
    List<Change> changes = new ArrayList<>();
    for (int number = follower; number < begun.size(); number += replicas) {
      changes.addAll(begun.get(number).own());
    }
    changes.removeIf(change -> change.interval() <= merged);
    return changes;
  }

  /** Writers of the states of the former replicas that one replica follows, by their numbers. */
  NavigableMap<Integer, FrozenState.Writer> states(int follower) {
    NavigableMap<Integer, FrozenState.Writer> states = new TreeMap<>();
    for (int number = follower; number < begun.size(); number += replicas) {
      SavedReplica former = begun.get(number);
      states.put(number, out -> write(former, out));
    }
    return states;
  }

  private static void write(SavedReplica former, DataOutput out) throws IOException {
    out.writeBoolean(true);
    former.write(out);
  }

  /** Writes the state of each, in order. */
  void writeAll(DataOutput out) throws IOException {
    for (SavedReplica former : begun.values()) {
      former.write(out);
    }
  }
}
