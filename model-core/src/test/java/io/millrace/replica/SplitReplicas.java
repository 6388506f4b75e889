package io.millrace.replica;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Replicas in this thread whose state is kept apart from the learner's, as that of tasks is. */
public final class SplitReplicas implements ReplicaLink {

  private final ReplicaLink replicas;
  private final int count;

  /** What was written last, or is to be read. */
  public byte[] state = {};

  public SplitReplicas(ReplicaLink replicas, int count) {
    this.replicas = replicas;
    this.count = count;
  }

  /** Whether the replicas of the state have begun. */
  public boolean begun() {
    return state[0] != 0;
  }

  /** The dense part of each replica in the state, with the state of its optimiser. */
  public List<byte[]> dense() throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
    in.readBoolean();
    List<byte[]> dense = new ArrayList<>();
    for (int r = 0; r < count; r++) {
      dense.add(SavedReplica.read(in).dense());
    }
    return dense;
  }

  /** Lets each replica be read with this dense part, and no changes. */
  public void haveRead(byte[] dense) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBoolean(true);
    for (int r = 0; r < count; r++) {
      new SavedReplica(List.of(), dense).write(out);
    }
    state = bytes.toByteArray();
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    replicas.writeState(new DataOutputStream(bytes));
    state = bytes.toByteArray();
  }

  @Override
  public void readState(DataInput in, int saved) throws IOException {
    replicas.readState(new DataInputStream(new ByteArrayInputStream(state)), saved);
  }

  @Override
  public void changesTo(Consumer<Change> taker) {
    replicas.changesTo(taker);
  }

  @Override
  public void add(int replica, ClickEvent event) {
    replicas.add(replica, event);
  }

  @Override
  public void end(long interval) {
    replicas.end(interval);
  }

  @Override
  public void begin(List<Merge> merges) {
    replicas.begin(merges);
  }

  @Override
  public void start(ClickModel whole, boolean first) {
    replicas.start(whole, first);
  }

  @Override
  public void resume(ClickModel model, long merged, List<Long> ended) {
    replicas.resume(model, merged, ended);
  }

  @Override
  public void follow(int former, long merged, List<Long> ended) {
    replicas.follow(former, merged, ended);
  }

  @Override
  public void await(BooleanSupplier there) {
    replicas.await(there);
  }

  @Override
  public void close() {
    replicas.close();
  }
}
