package io.millrace.replica;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * What a learner tells its replicas. Each replica does what it is told in the order of the calls,
 * at once or later; what it gives comes back when it is there.
 *
 * <pre>
 *  start ─► add* ─► end ─► begin ─► add* ─► end ─► ... ─► end ─► start ─► ...
 * </pre>
 *
 * <p>All calls and all changes are of one thread.
 */
public interface ReplicaLink extends AutoCloseable {

  /** Makes the link of a learner. */
  @FunctionalInterface
  interface Maker {
    /**
     * Makes it.
     *
     * @param maps the map that each field of the learner's model uses, null where it has none
     */
    ReplicaLink make(IntFunction<MapVersion> maps);
  }

  /** Sets who takes the changes of replicas; called once, before anything else. */
  void changesTo(Consumer<Change> taker);

  /** Gives an event of the open interval to one replica. */
  void add(int replica, ClickEvent event);

  /** Ends the interval: each replica gives its {@link Change}. */
  void end(long interval);

  /**
   * Begins the next interval.
   *
   * @param merges that replicas do not have yet, in order; none, or several
   */
  void begin(List<Merge> merges);

  /**
   * Begins the next interval with a copy of the whole model.
   *
   * @param first whether the state of the dense part's optimiser is copied too; else each replica
   *     keeps its own
   */
  void start(ClickModel whole, boolean first);

  /**
   * Goes on after a restore: each replica begins with a copy of the merged model and what it has
   * changed since, and gives all its changes that are not merged once more.
   *
   * @param merged the newest interval that is merged
   * @param ended intervals that have ended and are not merged
   */
  void resume(ClickModel model, long merged, List<Long> ended);

  /**
   * Goes on after a restore in the place of another number of replicas: their changes that are not
   * merged are given once more, and the mean of their dense optimisers' states is what each replica
   * keeps at {@link #start}, which follows.
   *
   * @param former number of them
   * @param merged the newest interval that is merged
   * @param ended intervals that have ended and are not merged
   */
  void follow(int former, long merged, List<Long> ended);

  /** Runs a merge, which the task of the learner may measure. */
  default Merge run(Supplier<Merge> merge) {
    return merge.get();
  }

  /** Returns once something is there that replicas have been asked for. */
  void await(BooleanSupplier there);

  /** Writes the replicas' state, if it is kept with that of the learner. */
  void writeState(DataOutput out) throws IOException;

  /**
   * Reads what {@link #writeState} wrote; {@link #resume} follows or, if it is the state of another
   * number of replicas, {@link #follow}.
   *
   * @param replicas number of those whose state it is
   */
  void readState(DataInput in, int replicas) throws IOException;

  @Override
  void close();
}
