package io.millrace.time;

import io.millrace.event.Reject;
import io.millrace.event.Warning;
import io.millrace.event.WindowSpec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Keeps single events with a wrong time from moving the clock of a partition; a file is one
 * partition.
 *
 * <pre>
 *   clock: newest time passed        set aside until enough others are near it
 *            ┃                                      │
 *  ──●──●──●─┃────── maxJump ──────┊────────────────●──►  event time
 *     these pass at once           ┊
 * </pre>
 *
 * <p>The rules, in the order in which they are applied:
 *
 * <ol>
 *   <li>The first {@value #ENOUGH} events are held. The clock starts at their median (of an even
 *       number, the later one of the middle two). Then they are handled in their order.
 *   <li>An event at or below {@code clock + maxJump} passes at once and moves the clock, if it is
 *       newer. Old events pass too: whether they are late is not decided here.
 *   <li>An event above is set aside. It joins the first <em>run</em> of events set aside that it
 *       extends by at most {@code maxJump}, or begins a run.
 *   <li>A run with more than {@link #need} events is accepted: the clock moves to its newest event,
 *       and all events set aside that are then at or below {@code clock + maxJump} pass, in their
 *       order.
 *   <li>If more than {@link #need} events in a row were set aside, in whatever runs, nothing comes
 *       at the old clock any more: it starts anew, from the median of these. Events that such a
 *       jump leaves set aside count again.
 *   <li>An event that the clock has reached passes. An event is rejected once the clock has moved
 *       by more than {@code maxJump} since it was set aside: the stream continued without it.
 *   <li>At most {@value #MAX_HELD} events are held; beyond that the oldest is rejected.
 *   <li>At the end of the input, runs of two or more events are accepted. So are the events after
 *       which no event passed, all but the newest of them: this is how a log with few events ends.
 *       What the clock then has not reached is rejected.
 * </ol>
 *
 * <p>{@link #need} is {@value #ENOUGH}, or 1 % of the events that passed while the clock was in its
 * window or in the window before, whichever is more, but at most half of {@value #MAX_HELD}.
 * Windows of {@code size} that do not overlap are meant, also where a job's windows slide.
 *
 * <p>So events that are sorted by time pass in their order, and only the last can be rejected, if
 * it lies further than {@code maxJump} from the one before. What passes depends on the events
 * alone, unless {@link #start} or {@link #startAnew} is called. An event costs constant time; one
 * that is set aside may cost time proportional to the number of events held. Not thread-safe.
 *
 * @param <E> what is held; immutable
 */
public final class JumpGuard<E> {

  /** Events that the clock starts from, and that must follow a jump at least. */
  public static final int ENOUGH = 20;

  /** Most events that are held, at least twice {@link #ENOUGH}. */
  public static final int MAX_HELD = 4096;

  private static final int SHARE = 100;
  private static final int FORMAT = 1;
  private static final long NONE = Long.MIN_VALUE;

  /**
   * Receives every event that is offered, once.
   *
   * @param <E> what is held
   */
  public interface Listener<E> {
    /** The event passes. */
    void pass(E item);

    /** The event is too far ahead of all others. */
    void reject(E item, Reject reject);

    /** Events were rejected: called once a window in which there were any, and at the end. */
    void warn(Warning warning);
  }

  /**
   * Writes one item.
   *
   * @param <E> what is held
   */
  @FunctionalInterface
  public interface Writer<E> {
    /** Writes {@code item}. */
    void write(E item, DataOutput out) throws IOException;
  }

  /**
   * Reads one item.
   *
   * @param <E> what is held
   */
  @FunctionalInterface
  public interface Reader<E> {
    /** Reads what a {@link Writer} wrote. */
    E read(DataInput in) throws IOException;
  }

  /** Events set aside, each within {@code maxJump} of another one. */
  private static final class Run {
    private long oldest;
    private long newest;
    private int size;

    Run(long oldest, long newest, int size) {
      this.oldest = oldest;
      this.newest = newest;
      this.size = size;
    }
  }

  /** An event set aside when the clock was at {@code since}. */
  private record Held<E>(E item, long time, long since, Run run) {}

  private final WindowSpec windows;
  private final JumpMessages messages;
  private final long maxJump;
  private final Listener<E> listener;
  private final ArrayDeque<Held<E>> held = new ArrayDeque<>();
  private final List<Run> runs = new ArrayList<>();
  private long clock = NONE;
  private long windowEnd = NONE;
  private long inWindow;
  private long inLast;
  private int inARow;
  private long rejected;
  private long firstRejected;
  private long nearest = Long.MAX_VALUE;

  /**
   * A guard that has seen nothing.
   *
   * @param windows windows in which events are counted
   * @param maxJumpMs how far an event may be ahead of the clock, ms; 0 for no limit
   * @param column name of the time column, for messages
   * @param place the partition or file, for messages
   * @param listener receives the events
   */
  public JumpGuard(
      WindowSpec windows, long maxJumpMs, String column, String place, Listener<E> listener) {
    this.windows = windows;
    this.maxJump = maxJumpMs;
    this.messages = new JumpMessages(column, place, maxJumpMs);
    this.listener = listener;
  }

  /**
   * Takes the next event.
   *
   * @param time event time, ms since the epoch
   */
  public void offer(E item, long time) {
    if (maxJump == 0) {
      passAll();
      listener.pass(item);
    } else if (clock != NONE && time <= clock + maxJump) {
      pass(item, time);
      if (!held.isEmpty()) {
        settle();
      }
    } else {
      setAside(item, time);
    }
  }

  private void passAll() {
    held.forEach(each -> listener.pass(each.item));
    held.clear();
    runs.clear();
    inARow = 0;
  }

  private void pass(E item, long time) {
    inARow = 0;
    moveTo(time);
    inWindow++;
    listener.pass(item);
  }

  private void moveTo(long time) {
    clock = Math.max(clock, time);
    if (clock >= windowEnd) {
      warn();
      inLast = inWindow;
      inWindow = 0;
      long window = Math.floorDiv(clock - windows.offsetMs(), windows.sizeMs());
      windowEnd = windows.offsetMs() + (window + 1) * windows.sizeMs();
    }
  }

  /** Passes what the clock has reached, and rejects what it has left behind. */
  private void settle() {
    if (nearest <= clock) {
      sweep(0);
    }
    while (!held.isEmpty() && clock - held.peek().since > maxJump) {
      rejectOldest();
    }
  }

  /** Passes the events set aside that are at most {@code ahead} after the clock, in their order. */
  private void sweep(long ahead) {
    nearest = Long.MAX_VALUE;
    int before = inARow;
    int kept = 0; // since the last that passes here
    for (int n = held.size(); n > 0; n--) {
      Held<E> each = held.remove();
      if (each.time <= clock + ahead) {
        leave(each.run);
        pass(each.item, each.time);
        kept = 0;
      } else {
        nearest = Math.min(nearest, each.time);
        held.add(each);
        kept++;
      }
    }
    inARow = Math.min(before, kept);
  }

  private void leave(Run run) {
    if (--run.size == 0) {
      runs.remove(run);
    }
  }

  private void rejectOldest() {
    Held<E> oldest = held.remove();
    leave(oldest.run);
    listener.reject(oldest.item, messages.reject(oldest.time, clock));
    firstRejected = rejected++ == 0 ? oldest.time : firstRejected;
  }

  private void warn() {
    if (rejected > 0) {
      listener.warn(messages.rejected(rejected, firstRejected, clock));
      rejected = 0;
    }
  }

  private void setAside(E item, long time) {
    Run run = runOf(time);
    held.add(new Held<>(item, time, clock, run));
    nearest = Math.min(nearest, time);
    inARow++;
    if (clock == NONE) {
      if (inARow == ENOUGH) {
        start();
      }
    } else if (run.size > need()) {
      jumpTo(newestOf(run));
    } else if (inARow > need()) {
      jumpTo(median());
    } else if (held.size() > MAX_HELD) {
      rejectOldest();
    }
  }

  private Run runOf(long time) {
    for (Run run : runs) {
      if (time >= run.oldest - maxJump && time <= run.newest + maxJump) {
        run.oldest = Math.min(run.oldest, time);
        run.newest = Math.max(run.newest, time);
        run.size++;
        return run;
      }
    }
    Run run = new Run(time, time, 1);
    runs.add(run);
    return run;
  }

  /** Events near a jump, besides the first, with which it is accepted; so many can be held. */
  private long need() {
    return Math.min(MAX_HELD / 2, Math.max(ENOUGH, Math.max(inWindow, inLast) / SHARE));
  }

  private long newestOf(Run run) {
    return held.stream().filter(each -> each.run == run).mapToLong(Held::time).max().orElse(clock);
  }

  /** Of the last events that were set aside in a row; of an even number, the later one. */
  private long median() {
    return timesInARow()[inARow / 2];
  }

  /** Times of the last events that were set aside in a row, sorted. */
  private long[] timesInARow() {
    return held.stream().skip(held.size() - inARow).mapToLong(Held::time).sorted().toArray();
  }

  /** Moves the clock, and counts the age of what remains set aside from there. */
  private void jumpTo(long time) {
    moveTo(time);
    long before;
    do {
      before = clock;
      sweep(maxJump);
    } while (clock > before);
    for (int n = held.size(); n > 0; n--) {
      Held<E> each = held.remove();
      held.add(new Held<>(each.item, each.time, clock, each.run));
    }
  }

  /** True while the first events are held, and the clock has not started. */
  public boolean starting() {
    return !held.isEmpty() && (clock == NONE || maxJump == 0);
  }

  /** Starts the clock from the first events that are there, although they are few. */
  public void start() {
    if (maxJump == 0) {
      passAll();
    } else if (starting()) {
      jumpTo(median());
    }
  }

  /**
   * Starts the clock anew if two or more events were set aside since the last one passed, for a
   * caller that finds that none has passed for long. The clock moves to their median (of an even
   * number, the earlier one of the middle two), so one event alone moves nothing.
   *
   * @return whether events passed
   */
  public boolean startAnew() {
    if (starting() || inARow < 2) {
      return false;
    }
    jumpTo(timesInARow()[(inARow - 1) / 2]);
    return true;
  }

  /** Ends the input: nothing is held after it. */
  public void finish() {
    start();
    LongStream ofRuns = held.stream().filter(each -> each.run.size > 1).mapToLong(Held::time);
    LongStream allButNewest = LongStream.of(timesInARow()).limit(Math.max(0, inARow - 1));
    LongStream.concat(ofRuns, allButNewest).max().ifPresent(this::jumpTo);
    while (!held.isEmpty()) {
      rejectOldest();
    }
    warn();
  }

  /**
   * A warning that events are held, for a caller that finds that they have been held for long;
   * {@link #held} must be at least 1.
   */
  public Warning waiting() {
    return messages.waiting(held.size(), held.peek().time, clock, need() + 1);
  }

  /** Number of events that were set aside since the last one passed. */
  public int inARow() {
    return inARow;
  }

  /** Number of events held. */
  public int held() {
    return held.size();
  }

  /**
   * Writes the whole state.
   *
   * <pre>
   * i8 format | i64 clock | i64 windowEnd | i64 inWindow | i64 inLast | i32 inARow
   * i64 rejected, not yet warned of | i64 time of the first of them
   * i32 runs  | each: i64 oldest | i64 newest | i32 size
   * i32 held  | each: i64 time | i64 since | i32 run | the item
   * </pre>
   */
  public void writeState(DataOutput out, Writer<E> items) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(clock);
    out.writeLong(windowEnd);
    out.writeLong(inWindow);
    out.writeLong(inLast);
    out.writeInt(inARow);
    out.writeLong(rejected);
    out.writeLong(firstRejected);
    IdentityHashMap<Run, Integer> indices = new IdentityHashMap<>();
    out.writeInt(runs.size());
    for (Run run : runs) {
      indices.put(run, indices.size());
      out.writeLong(run.oldest);
      out.writeLong(run.newest);
      out.writeInt(run.size);
    }
    out.writeInt(held.size());
    for (Held<E> each : held) {
      out.writeLong(each.time);
      out.writeLong(each.since);
      out.writeInt(indices.get(each.run));
      items.write(each.item, out);
    }
  }

  /**
   * Reads what {@link #writeState} wrote.
   *
   * @throws IOException if it is of a newer format
   */
  public void readState(DataInput in, Reader<E> items) throws IOException {
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IOException("format of a partition's clock must be 1 but was " + format);
    }
    clock = in.readLong();
    windowEnd = in.readLong();
    inWindow = in.readLong();
    inLast = in.readLong();
    inARow = in.readInt();
    rejected = in.readLong();
    firstRejected = in.readLong();
    runs.clear();
    for (int n = in.readInt(); n > 0; n--) {
      runs.add(new Run(in.readLong(), in.readLong(), in.readInt()));
    }
    held.clear();
    nearest = Long.MAX_VALUE;
    for (int n = in.readInt(); n > 0; n--) {
      long time = in.readLong();
      long since = in.readLong();
      Run run = runs.get(in.readInt());
      held.add(new Held<>(items.read(in), time, since, run));
      nearest = Math.min(nearest, time);
    }
  }
}
