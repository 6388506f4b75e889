package io.millrace.replica;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.EventLearner;
import io.millrace.event.ClickEvent;
import io.millrace.spec.ReplicaOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Deals events to several replicas of a model, and merges what they have changed. The replicas are
 * in this thread ({@link LocalReplicas}) or in tasks of their own ({@link RemoteReplicas}); what
 * they learn is the same, to the bit.
 *
 * <pre>
 *                     ┌─► replica 0 ─┐ changes
 *  event ─► interval, ─┼─► replica 1 ─┼─► merge ─► model
 *           replica   └─► replica 2 ─┘    │
 *                          ▲              │ merge k, at the beginning of interval k + 1 + s
 *                          └──────────────┘
 * </pre>
 *
 * <p>Interval {@code k + 1} begins with merge {@code k - s}, {@code s} being the {@linkplain
 * ReplicaOptions#staleness staleness}, and the replica's own changes since. Only intervals with
 * events count. An event behind the open interval is learned in it.
 *
 * <p>Merge {@code k} is made where it is needed, not when the changes are there: before the first
 * event of interval {@code k + 1 + s}. So the model, and what is reported of it, moves at points
 * that depend on the events alone. {@link #prepare} and {@link #settle} say whether the changes for
 * that are there.
 *
 * <p>At {@link #flush} all changes are merged, and the next interval begins with all merges. Where
 * rows move, by new maps ({@link #rowsMoved}) or because ids are evicted, it begins with a copy of
 * the whole model. Where the model has too many ids, some are evicted before the next interval.
 *
 * <p>In the first windows the model learns alone, event by event as without replicas: a young model
 * loses most by changes that are merged late.
 */
public final class ReplicatedLearner implements EventLearner {

  private static final long NONE = Long.MIN_VALUE;

  /** With what replicas begin the next interval. */
  private enum Start {
    /** With what they know and the merges that are due. */
    GO_ON,
    /** With the whole model, but their own state of the dense part's optimiser. */
    WHOLE_MODEL,
    /** With the whole model and that state too. */
    FIRST
  }

  private final ReplicaOptions options;
  private final int count;
  private final ClickModel model;
  private final BatchLearner.Scored scored;
  private final ReplicaLink replicas;
  private final BatchLearner alone;
  private final Merger merger;
  private final EventDealer dealer;

  /** Intervals that have ended and are not merged. */
  private final ArrayDeque<DealtInterval> ended = new ArrayDeque<>();

  /** Merges that replicas do not have. */
  private final List<Merge> due = new ArrayList<>();

  private DealtInterval open;

  /** Whether replicas know with what the next interval begins, or learn it from its start. */
  private boolean begun = true;

  /** Whether replicas must be told with what they go on after a restore. */
  private boolean restored;

  /** Whether the model has learned since {@link #advance} was called. */
  private boolean moved;

  private long last = NONE;
  private long merged = NONE;
  private Start start = Start.FIRST;
  private int windows;
  private long learned;
  private long skipped;
  private double outputVariance = Double.NaN;

  /**
   * A learner that has learned nothing.
   *
   * @param count number of replicas, at least 1
   * @param offsetMs time at which windows start, ms
   * @param model the merged one, which the caller owns
   * @param replicas closed with the learner
   * @param batch events per step, where the model learns alone
   * @param scored receives every prediction, when its interval is merged, in the order of replicas
   */
  public ReplicatedLearner(
      ReplicaOptions options,
      int count,
      long offsetMs,
      ClickModel model,
      ReplicaLink replicas,
      int batch,
      BatchLearner.Scored scored) {
    this.options = options;
    this.count = count;
    this.model = model;
    this.scored = scored;
    this.replicas = replicas;
    this.alone = new BatchLearner(model, batch, scored);
    this.merger = new Merger(model, batch);
    this.dealer = new EventDealer(options.exchangeMs(), offsetMs, count);
    replicas.changesTo(this::take);
  }

  private boolean isAlone() {
    return windows < options.aloneWindows();
  }

  /** Takes a change; one of an interval that is merged, as after a restore, is dropped. */
  private void take(Change change) {
    for (DealtInterval interval : ended) {
      if (interval.number() == change.interval()) {
        interval.take(change);
      }
    }
  }

  @Override
  public boolean prepare(long eventTime) {
    if (isAlone()) {
      return true;
    }
    goOn();
    if (open != null && dealer.interval(eventTime) > open.number()) {
      end();
    }
    return open != null || begin();
  }

  @Override
  public boolean settle() {
    if (isAlone()) {
      return true;
    }
    goOn();
    if (open != null) {
      end();
    }
    return mergeUntil(0);
  }

  @Override
  public void goOn() {
    if (!restored) {
      return;
    }
    restored = false;
    if (start != Start.FIRST) {
      replicas.resume(model, merged, ended.stream().map(DealtInterval::number).toList());
    }
    if (open != null) {
      for (int r = 0; r < count; r++) {
        for (DealtInterval.Tagged each : open.of(r)) {
          replicas.add(r, each.event());
        }
      }
    }
  }

  private void end() {
    last = open.number();
    ended.add(open);
    open = null;
    begun = false;
    replicas.end(last);
  }

  /** Begins the next interval if the changes for that are there. */
  private boolean begin() {
    if (begun) {
      return true;
    }
    if (!mergeUntil(options.staleness())) {
      return false;
    }
    if (merger.overfull()) {
      if (!mergeUntil(0)) {
        return false;
      }
      evict();
      return true;
    }
    replicas.begin(List.copyOf(due));
    due.clear();
    begun = true;
    return true;
  }

  /** Merges intervals until at most so many are left; false if changes for that are not there. */
  private boolean mergeUntil(int left) {
    while (ended.size() > left) {
      if (!ended.element().complete()) {
        return false;
      }
      DealtInterval interval = ended.remove();
      due.add(replicas.run(() -> merger.merge(interval.changes())));
      merged = interval.number();
      report(interval);
    }
    return true;
  }

  private void report(DealtInterval interval) {
    double variance = 0;
    int batches = 0;
    for (Change change : interval.changes()) {
      List<DealtInterval.Tagged> events = interval.of(change.replica());
      for (int i = 0; i < events.size(); i++) {
        float p = change.predictions()[i];
        if (!Float.isNaN(p)) {
          scored.accept(events.get(i).event(), events.get(i).tag(), p);
        }
      }
      learned += change.learned();
      skipped += change.skipped();
      variance += change.outputVariance();
      batches += change.batches();
    }
    outputVariance = variance / batches;
    moved = true;
  }

  /** All is merged. */
  private void evict() {
    if (merger.overfull()) {
      merger.evict();
      rowsMoved();
    }
  }

  @Override
  public void rowsMoved() {
    due.clear();
    begun = true;
    start = start == Start.FIRST ? Start.FIRST : Start.WHOLE_MODEL;
  }

  @Override
  public boolean advance(long eventTime) {
    if (!prepare(eventTime)) {
      replicas.await(() -> prepare(eventTime));
    }
    boolean now = moved;
    moved = false;
    return now;
  }

  @Override
  public boolean add(ClickEvent event, int tag) {
    if (isAlone()) {
      return alone.add(event, tag);
    }
    goOn();
    if (open == null) {
      beginInterval(event);
    }
    int replica = dealer.replica(event);
    open.add(replica, event, tag);
    replicas.add(replica, event);
    return false;
  }

  private void beginInterval(ClickEvent first) {
    if (!prepare(first.eventTime())) {
      throw new IllegalStateException("an event was added before what it needs was there");
    }
    open = new DealtInterval(Math.max(dealer.interval(first.eventTime()), last + 1), count);
    if (start != Start.GO_ON) {
      replicas.start(model, start == Start.FIRST);
    }
    start = Start.GO_ON;
  }

  @Override
  public void flush() {
    if (isAlone()) {
      alone.flush();
      return;
    }
    if (!settle()) {
      replicas.await(this::settle);
    }
    evict();
    moved = false;
  }

  @Override
  public void windowEnded() {
    windows++;
  }

  @Override
  public int gathered() {
    int events = alone.gathered() + (open == null ? 0 : open.events());
    for (DealtInterval interval : ended) {
      events += interval.events();
    }
    return events;
  }

  @Override
  public long gatheredFrom() {
    DealtInterval oldest = ended.isEmpty() ? open : ended.element();
    return oldest == null ? Long.MAX_VALUE : dealer.startOf(oldest.number());
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
   * Writes the merged model once, and the events that it has not learned. The changes of intervals
   * that are not merged are not in it: replicas give them once more.
   *
   * <pre>
   * state of learning alone, with the merged model | i64 learned | i64 skipped | f64 variance |
   * i32 windows | i64 last interval that has ended | i64 last that is merged | bool moved |
   * bool begun | i32 start | i32 intervals that have ended, each with its events |
   * bool whether one is open | it | state of the replicas that are in this thread
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
    out.writeLong(merged);
    out.writeBoolean(moved);
    out.writeBoolean(begun);
    out.writeInt(start.ordinal());
    out.writeInt(ended.size());
    for (DealtInterval interval : ended) {
      interval.write(out);
    }
    out.writeBoolean(open != null);
    if (open != null) {
      open.write(out);
    }
    replicas.writeState(out);
  }

  @Override
  public void readState(DataInput in) throws IOException {
    alone.readState(in);
    learned = in.readLong();
    skipped = in.readLong();
    outputVariance = in.readDouble();
    windows = in.readInt();
    last = in.readLong();
    merged = in.readLong();
    moved = in.readBoolean();
    begun = in.readBoolean();
    start = Start.values()[in.readInt()];
    due.clear();
    ended.clear();
    for (int n = in.readInt(); n > 0; n--) {
      ended.add(DealtInterval.read(in, count));
    }
    open = in.readBoolean() ? DealtInterval.read(in, count) : null;
    replicas.readState(in);
    restored = true;
  }

  @Override
  public void close() {
    replicas.close();
  }
}
