package io.millrace.watch;

import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import io.millrace.time.MapGrid;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Turns the changes that a watch finds into refresh decisions.
 *
 * <pre>
 *  change found       maps built here,
 *     in here         used from here on
 *  ──┴───x─┴─────┴─────┃─────┴──  sub-windows
 *          ◄── delay ──►
 * </pre>
 *
 * <p>A change that is found in a sub-window makes maps due at the end of the sub-window {@code
 * delay} later. This is decided when all sources of changes have completed the former. So a
 * decision depends on the events alone, not on the speed of the operators that wait for it. Maps
 * settle all changes that were found {@code delay} or more sub-windows before. A change less than
 * {@code gap} after such maps takes effect when the gap is over. Before the first event,
 * sub-windows are decided as they are completed, without maps.
 */
final class RefreshPlan {

  private static final long NONE = Long.MIN_VALUE;

  private final RefreshOptions options;
  private final MapGrid grid;
  private final int warmUp;
  private final long seed;
  private final Consumer<RefreshLine> listener;
  private final Map<String, Long> complete = new TreeMap<>();
  private final NavigableMap<Long, List<String>> changes = new TreeMap<>();
  private final TreeSet<Long> subWindows = new TreeSet<>();
  private Refreshes published;
  private long windowsUntil;
  private long first = NONE;
  private long last = NONE;
  private long decided = NONE;

  /**
   * A plan without refreshes.
   *
   * @param sources names of the sources of changes
   * @param listener receives each refresh when it is decided
   */
  RefreshPlan(JobSpec job, long seed, Collection<String> sources, Consumer<RefreshLine> listener) {
    this.options = job.hash().refresh();
    this.grid = job.mapGrid();
    this.warmUp = Math.max(1, job.drift().warmUp());
    this.seed = seed;
    this.listener = listener;
    this.published = Refreshes.none(grid);
    this.windowsUntil = options.when() == RefreshOptions.When.BOTH ? Long.MAX_VALUE : NONE;
    sources.forEach(source -> complete.put(source, NONE));
  }

  /** The decisions so far. */
  Refreshes refreshes() {
    return published;
  }

  /** Sets the sub-window in which the stream begins; only the first call counts. */
  void begins(long subWindow) {
    if (first == NONE) {
      first = subWindow;
      warmUp(grid.pane(subWindow));
    }
  }

  /** Builds maps at the ends of the next panes too; a watch that lost its state warms up again. */
  private void warmUp(long from) {
    if (windowsUntil == NONE) {
      windowsUntil = grid.lastOf(from + warmUp - 1);
      return;
    }
    for (long pane = from; pane < from + warmUp; pane++) {
      long end = grid.lastOf(pane);
      if (end > Math.max(decided, windowsUntil)) {
        subWindows.add(end);
      }
    }
  }

  /**
   * Takes a change.
   *
   * @param subWindow the sub-window in which it was found
   * @param cause the stream that has changed
   */
  void changed(long subWindow, String cause) {
    changes.computeIfAbsent(subWindow, p -> new ArrayList<>()).add(cause);
  }

  /** A source has passed on all changes that are found in a sub-window or before it. */
  void complete(String source, long subWindow) {
    complete.merge(source, subWindow, Math::max);
    decide();
  }

  private void decide() {
    long all = Collections.min(complete.values());
    if (all == NONE) {
      return;
    }
    long until = first == NONE ? all : later(all, options.delay());
    boolean more = until > decided;
    while (!changes.isEmpty() && next() <= until) {
      long due = next();
      NavigableMap<Long, List<String>> known = changes.headMap(due - options.delay(), true);
      List<String> causes = new ArrayList<>();
      known.values().forEach(causes::addAll);
      known.clear();
      causes.sort(null);
      last = due;
      if (due > decided) {
        subWindows.add(due);
      }
      if (subWindows.contains(due)) {
        listener.accept(new RefreshLine(grid.end(due), seed, causes));
      }
    }
    if (more) {
      decided = until;
      published = new Refreshes(grid, decided, windowsUntil, subWindows);
    }
  }

  private long next() {
    long due = changes.firstKey() + options.delay();
    return last == NONE ? due : Math.max(due, last + options.gap());
  }

  private static long later(long subWindow, int delay) {
    return subWindow > Long.MAX_VALUE - delay ? Long.MAX_VALUE : subWindow + delay;
  }

  /**
   * Takes over the decisions that were published after the state that this plan was restored from:
   * other operators may have acted on them.
   */
  void adopt(Refreshes before) {
    if (before.decided() > decided) {
      subWindows.addAll(before.subWindows());
      decided = before.decided();
      windowsUntil = before.windowsUntil();
      published = before;
    }
  }

  /** Writes all that {@link #readState} needs to continue. */
  void writeState(DataOutput out) throws IOException {
    out.writeLong(windowsUntil);
    out.writeLong(first);
    out.writeLong(last);
    out.writeLong(decided);
    out.writeInt(subWindows.size());
    for (long subWindow : subWindows) {
      out.writeLong(subWindow);
    }
    out.writeInt(complete.size());
    for (Map.Entry<String, Long> source : complete.entrySet()) {
      out.writeUTF(source.getKey());
      out.writeLong(source.getValue());
    }
    out.writeInt(changes.size());
    for (Map.Entry<Long, List<String>> known : changes.entrySet()) {
      out.writeLong(known.getKey());
      out.writeInt(known.getValue().size());
      for (String cause : known.getValue()) {
        out.writeUTF(cause);
      }
    }
  }

  /** Reads what {@link #writeState} wrote; sources that this plan does not have are left out. */
  void readState(DataInput in) throws IOException {
    windowsUntil = in.readLong();
    first = in.readLong();
    last = in.readLong();
    decided = in.readLong();
    subWindows.clear();
    for (int n = in.readInt(); n > 0; n--) {
      subWindows.add(in.readLong());
    }
    for (int n = in.readInt(); n > 0; n--) {
      String source = in.readUTF();
      long subWindow = in.readLong();
      complete.computeIfPresent(source, (s, none) -> subWindow);
    }
    changes.clear();
    for (int n = in.readInt(); n > 0; n--) {
      List<String> causes = new ArrayList<>();
      changes.put(in.readLong(), causes);
      for (int c = in.readInt(); c > 0; c--) {
        causes.add(in.readUTF());
      }
    }
    if (decided != NONE) {
      published = new Refreshes(grid, decided, windowsUntil, subWindows);
    }
  }
}
