package io.millrace.replica;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.EventLearner;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.spec.ReplicaOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Several replicas of a model and the merged one, in one thread: what tasks on several machines
 * must compute, to the bit.
 *
 * <pre>
 *              ┌─► replica 0 ─┐ changes
 *  event ─► deal ─► replica 1 ─┼─► merge ─► model
 *              └─► replica 2 ─┘    │
 *                   ▲              │ merge k, delayed by s intervals
 *                   └──────────────┘
 * </pre>
 *
 * <p>Interval {@code k + 1} begins with merge {@code k - s}, {@code s} being the {@linkplain
 * ReplicaOptions#staleness staleness}, and the replica's own changes since. Only intervals with
 * events count. An event behind the open interval is learned in it.
 *
 * <p>{@link #flush} is a fence: all replicas begin the next interval with a copy of the whole
 * model, which may be changed before, as by a new map. Too many ids are evicted there, or at a
 * fence of its own, {@code s} intervals after they have become too many, so that replicas that have
 * begun already need not know.
 *
 * <p>In the first windows the model learns alone, event by event as without replicas: a young model
 * loses most by changes that are merged late.
 */
public final class ReplicatedLearner implements EventLearner {

  private static final long NONE = Long.MIN_VALUE;

  /** With what replicas begin the next interval. */
  private enum Start {
    /** With what they know. */
    GO_ON,
    /** With the whole model, but their own state of the dense part's optimiser. */
    WHOLE_MODEL,
    /** With the whole model and that state too. */
    FIRST
  }

  private record Tagged(ClickEvent event, int tag) {}

  private final ReplicaOptions options;
  private final ClickModel model;
  private final BatchLearner.Scored scored;
  private final BatchLearner alone;
  private final Merger merger;
  private final EventDealer dealer;
  private final List<Replica> replicas = new ArrayList<>();

  /** Merges that replicas do not know yet. */
  private final ArrayDeque<Merge> delayed = new ArrayDeque<>();

  /** Events of the open interval. */
  private final List<Tagged> events = new ArrayList<>();

  private long open = NONE;
  private long last = NONE;
  private Start start = Start.FIRST;
  private int windows;

  /** Intervals until ids are evicted; -1 if none are. */
  private int evictIn = -1;

  private long learned;
  private long skipped;
  private double outputVariance = Double.NaN;

  /**
   * A learner that has learned nothing.
   *
   * @param count number of replicas, at least 1
   * @param offsetMs time at which windows start, ms
   * @param model the merged one, which the caller owns
   * @param shape makes a model of the same shape, whose indexes are not bounded
   * @param batch events per step of each replica
   * @param scored receives every prediction, at the end of its interval, in the order of replicas
   */
  public ReplicatedLearner(
      ReplicaOptions options,
      int count,
      long offsetMs,
      ClickModel model,
      Supplier<ClickModel> shape,
      int batch,
      BatchLearner.Scored scored) {
    this.options = options;
    this.model = model;
    this.scored = scored;
    this.alone = new BatchLearner(model, batch, scored);
    this.merger = new Merger(model);
    this.dealer = new EventDealer(options.exchangeMs(), offsetMs, count);
    for (int r = 0; r < count; r++) {
      replicas.add(new Replica(r, shape.get(), shape.get(), batch));
    }
  }

  private boolean isAlone() {
    return windows < options.aloneWindows();
  }

  @Override
  public boolean advance(long eventTime) {
    boolean ends = open != NONE && dealer.interval(eventTime) > open;
    if (ends) {
      endInterval();
    }
    return ends;
  }

  @Override
  public boolean add(ClickEvent event, int tag) {
    if (isAlone()) {
      return alone.add(event, tag);
    }
    if (open == NONE) {
      beginInterval(event);
    }
    events.add(new Tagged(event, tag));
    replicas.get(dealer.replica(event)).add(event, tag);
    return false;
  }

  private void beginInterval(ClickEvent first) {
    open = Math.max(dealer.interval(first.eventTime()), last + 1);
    if (start == Start.FIRST) {
      replicas.forEach(replica -> replica.start(model));
    } else if (start == Start.WHOLE_MODEL) {
      replicas.forEach(replica -> replica.restart(model));
    }
    start = Start.GO_ON;
  }

  private void endInterval() {
    List<Change> changes = new ArrayList<>();
    for (Replica replica : replicas) {
      changes.add(replica.endInterval(open));
    }
    delayed.add(merger.merge(changes));
    report(changes);
    last = open;
    open = NONE;
    events.clear();
    List<Merge> due = new ArrayList<>();
    while (delayed.size() > options.staleness()) {
      due.add(delayed.remove());
    }
    replicas.forEach(replica -> replica.begin(due));
    evictWhenDue();
  }

  private void report(List<Change> changes) {
    double variance = 0;
    int batches = 0;
    for (Change change : changes) {
      change.predictions().forEach(each -> scored.accept(each.event(), each.tag(), each.p()));
      learned += change.learned();
      skipped += change.skipped();
      variance += change.outputVariance();
      batches += change.batches();
    }
    outputVariance = variance / batches;
  }

  private void evictWhenDue() {
    if (evictIn < 0 && merger.overfull()) {
      evictIn = options.staleness();
    }
    if (evictIn == 0) {
      fence();
    } else if (evictIn > 0) {
      evictIn--;
    }
  }

  private void fence() {
    if (merger.overfull()) {
      merger.evict();
    }
    evictIn = -1;
    delayed.clear();
    start = start == Start.FIRST ? Start.FIRST : Start.WHOLE_MODEL;
  }

  @Override
  public void flush() {
    if (isAlone()) {
      alone.flush();
      return;
    }
    if (open != NONE) {
      endInterval();
    }
    fence();
  }

  @Override
  public void windowEnded() {
    windows++;
  }

  @Override
  public int gathered() {
    return alone.gathered() + events.size();
  }

  @Override
  public long learned() {
    return alone.learned() + learned;
  }

  @Override
  public long skipped() {
    return alone.skipped() + skipped;
  }

  @Override
  public double outputVariance() {
    return isAlone() ? alone.outputVariance() : outputVariance;
  }

  /**
   * Writes the merged model once and, of each replica, what cannot be had from it; the events of
   * the open interval, which are learned again:
   *
   * <pre>
   * state of learning alone, with the merged model | i64 learned | i64 skipped | f64 variance |
   * i32 windows | i64 last interval | i64 open interval | i32 start | i32 eviction in |
   * i32 merges not known to replicas, each i64 interval, before, after |
   * of each replica its state, unless none has begun | i32 events, each i32 tag, event
   * </pre>
   */
  @Override
  public void writeState(DataOutput out) throws IOException {
    alone.writeState(out);
    out.writeLong(learned);
    out.writeLong(skipped);
    out.writeDouble(outputVariance);
    out.writeInt(windows);
    out.writeLong(last);
    out.writeLong(open);
    out.writeInt(start.ordinal());
    out.writeInt(evictIn);
    out.writeInt(delayed.size());
    for (Merge merge : delayed) {
      out.writeLong(merge.interval());
      merge.before().write(out);
      merge.after().write(out);
    }
    if (start != Start.FIRST) {
      for (Replica replica : replicas) {
        replica.writeState(out);
      }
    }
    out.writeInt(events.size());
    for (Tagged each : events) {
      out.writeInt(each.tag());
      EventBytes.write(each.event(), out);
    }
  }

  @Override
  public void readState(DataInput in) throws IOException {
    alone.readState(in);
    learned = in.readLong();
    skipped = in.readLong();
    outputVariance = in.readDouble();
    windows = in.readInt();
    last = in.readLong();
    open = in.readLong();
    start = Start.values()[in.readInt()];
    evictIn = in.readInt();
    delayed.clear();
    for (int n = in.readInt(); n > 0; n--) {
      delayed.add(new Merge(in.readLong(), ModelValues.read(in), ModelValues.read(in)));
    }
    readReplicas(in);
    events.clear();
    for (int n = in.readInt(); n > 0; n--) {
      int tag = in.readInt();
      Tagged each = new Tagged(EventBytes.read(in), tag);
      events.add(each);
      replicas.get(dealer.replica(each.event())).add(each.event(), tag);
    }
  }

  private void readReplicas(DataInput in) throws IOException {
    if (start != Start.FIRST) {
      List<Merge> ahead = List.copyOf(delayed);
      for (Replica replica : replicas) {
        replica.readState(in, model, ahead);
      }
    }
  }

  @Override
  public void close() {
    replicas.forEach(Replica::close);
  }
}
