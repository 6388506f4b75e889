package io.millrace.replica;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.EventLearner;
import io.millrace.event.ClickEvent;
import io.millrace.replica.LearnerState.Start;
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
 * <p>A state of another number of replicas is read too. What their intervals that have ended have
 * changed is merged, then the events of the open interval are dealt anew, and it begins with the
 * whole model, as after a fence. The state of each replica's dense optimiser is then the mean of
 * the former ones'. Until that is done, the state that is written is that of the former number.
 *
 * <p>In the first windows the model learns alone, event by event as without replicas: a young model
 * loses most by changes that are merged late.
 */
public final class ReplicatedLearner implements EventLearner {

  private static final long NONE = Long.MIN_VALUE;

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

  /** Number of replicas of the intervals that are not merged. */
  private int dealtTo;

  /** Whether the model has learned since {@link #advance} was called. */
  private boolean moved;

  private long last = NONE;
  private long merged = NONE;
  private Start start = Start.FIRST;
  private int windows;
  private LearnedEvents learned = new LearnedEvents();

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
    this.dealtTo = count;
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
    if (!dealtToAll()) {
      return false;
    }
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
    if (!dealtToAll()) {
      return false;
    }
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
    List<Long> unmerged = ended.stream().map(DealtInterval::number).toList();
    if (dealtTo != count) {
      replicas.follow(dealtTo, merged, unmerged);
      return;
    }
    if (start != Start.FIRST) {
      replicas.resume(model, merged, unmerged);
    }
    if (open != null) {
      for (int r = 0; r < count; r++) {
        for (DealtInterval.Tagged each : open.of(r)) {
          replicas.add(r, each.event());
        }
      }
    }
  }

  /** Goes on, if all intervals are those of the replicas that there are, or can be made so. */
  private boolean dealtToAll() {
    goOn();
    if (dealtTo == count) {
      return true;
    }
    if (!mergeUntil(0)) {
      return false;
    }
    evict();
    rowsMoved();
    if (open != null) {
      dealAnew();
    }
    return true;
  }

  private void dealAnew() {
    DealtInterval former = open;
    startInterval(former.number());
    former.inOrder().forEach(each -> deal(each.event(), each.tag()));
  }

  private void startInterval(long number) {
    open = new DealtInterval(number, count);
    if (start != Start.GO_ON) {
      replicas.start(model, start == Start.FIRST);
    }
    start = Start.GO_ON;
    dealtTo = count;
  }

  private void deal(ClickEvent event, int tag) {
    int replica = dealer.replica(event);
    open.add(replica, event, tag);
    replicas.add(replica, event);
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
      learned.add(interval, scored);
      moved = true;
    }
    return true;
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
    deal(event, tag);
    return false;
  }

  private void beginInterval(ClickEvent first) {
    if (!prepare(first.eventTime())) {
      throw new IllegalStateException("an event was added before what it needs was there");
    }
    startInterval(Math.max(dealer.interval(first.eventTime()), last + 1));
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
    return alone.learned() + learned.learned();
  }

  @Override
  public long skipped() {
    return alone.skipped() + learned.skipped();
  }

  @Override
  public double outputVariance() {
    return isAlone() ? alone.outputVariance() : learned.outputVariance();
  }

  /**
   * Writes the merged model once, and the events that it has not learned. The changes of intervals
   * that are not merged are not in it: replicas give them once more.
   *
   * <pre>
   * state of learning alone, with the merged model | {@link LearnerState} | state of the replicas
   * that are in this thread
   * </pre>
   */
  @Override
  public void writeState(DataOutput out) throws IOException {
    alone.writeState(out);
    List<DealtInterval> unmerged = List.copyOf(ended);
    new LearnerState(learned, windows, last, merged, moved, begun, start, unmerged, open)
        .write(out);
    replicas.writeState(out);
  }

  /** Number of replicas whose state {@link #writeState} writes. */
  public int written() {
    return dealtTo;
  }

  /** Reads a state of as many replicas as there are. */
  @Override
  public void readState(DataInput in) throws IOException {
    readState(in, count);
  }

  /**
   * Reads what {@link #writeState} wrote.
   *
   * @param saved number of replicas whose state it is
   * @return events that are dealt anew, as that number is another one
   */
  public int readState(DataInput in, int saved) throws IOException {
    alone.readState(in);
    LearnerState state = LearnerState.read(in, saved);
    learned = state.learned();
    windows = state.windows();
    last = state.last();
    merged = state.merged();
    moved = state.moved();
    begun = state.begun();
    start = state.start();
    due.clear();
    ended.clear();
    ended.addAll(state.ended());
    open = state.open();
    replicas.readState(in, saved);
    dealtTo = start == Start.FIRST ? count : saved;
    restored = true;
    return dealtTo == count || open == null ? 0 : open.events();
  }

  /** Reads the state of a {@link BatchLearner}; learns alone until the window has ended. */
  public void readAlone(DataInput in) throws IOException {
    alone.readState(in);
    windows = options.aloneWindows() - 1;
  }

  /**
   * Reads the state of a learner with replicas, which are gone, into one that learns alone: their
   * changes that are not merged are lost, the events of these are to be learned again.
   *
   * @param alone with the model
   * @param saved number of replicas whose state it is
   */
  public static void readInto(BatchLearner alone, DataInput in, int saved) throws IOException {
    alone.readState(in);
    LearnerState state = LearnerState.read(in, saved);
    List<DealtInterval.Tagged> events = state.unlearned();
    alone.goOnAfter(
        state.learned().learned(),
        state.learned().skipped(),
        events.stream().map(DealtInterval.Tagged::event).toList(),
        events.stream().mapToInt(DealtInterval.Tagged::tag).toArray());
  }

  @Override
  public void close() {
    replicas.close();
  }
}
