package io.millrace.replica;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.StateCopy;
import io.millrace.event.ClickEvent;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Replicas that do in the caller's thread, at once, what they are told. */
public final class LocalReplicas implements ReplicaLink {

  private final List<Replica> replicas = new ArrayList<>();
  private Consumer<Change> taker;
  private boolean started;

  /** Those that these follow, until they begin; null if these were there before. */
  private FormerReplicas former;

  /**
   * Replicas of a model.
   *
   * @param count number of them, at least 1
   * @param shape makes a model of the same shape, whose indexes are not bounded
   * @param batch events per step of each replica
   */
  public LocalReplicas(int count, Supplier<ClickModel> shape, int batch) {
    for (int r = 0; r < count; r++) {
      replicas.add(new Replica(r, shape.get(), shape.get(), batch));
    }
  }

  @Override
  public void changesTo(Consumer<Change> to) {
    taker = to;
  }

  @Override
  public void add(int replica, ClickEvent event) {
    replicas.get(replica).add(event);
  }

  @Override
  public void end(long interval) {
    replicas.forEach(replica -> taker.accept(replica.endInterval(interval)));
  }

  @Override
  public void begin(List<Merge> merges) {
    replicas.forEach(replica -> replica.begin(merges));
  }

  @Override
  public void start(ClickModel whole, boolean first) {
    started = true;
    former = null;
    replicas.forEach(replica -> replica.start(to -> StateCopy.copy(whole, to), first));
  }

  @Override
  public void resume(ClickModel model, long merged, List<Long> ended) {
    for (Replica replica : replicas) {
      replica.resume(to -> StateCopy.copy(model, to), merged).forEach(taker);
    }
  }

  @Override
  public void follow(int count, long merged, List<Long> ended) {
    for (int r = 0; r < replicas.size(); r++) {
      former.changes(r, merged).forEach(taker);
      replicas.get(r).follow(former);
    }
  }

  @Override
  public void await(BooleanSupplier there) {
    if (!there.getAsBoolean()) {
      throw new IllegalStateException("replicas in this thread must have done what they are told");
    }
  }

  /** Writes {@code bool started | each replica's state if they have}. */
  @Override
  public void writeState(DataOutput out) throws IOException {
    out.writeBoolean(started);
    if (former != null) {
      former.writeAll(out);
      return;
    }
    for (Replica replica : started ? replicas : List.<Replica>of()) {
      replica.writeState(out);
    }
  }

  @Override
  public void readState(DataInput in, int count) throws IOException {
    started = in.readBoolean();
    if (started && count != replicas.size()) {
      former = new FormerReplicas(replicas.size(), r -> true);
      for (int number = 0; number < count; number++) {
        former.add(number, SavedReplica.read(in));
      }
      return;
    }
    for (Replica replica : started ? replicas : List.<Replica>of()) {
      replica.readState(in);
    }
  }

  @Override
  public void close() {
    replicas.forEach(Replica::close);
  }
}
