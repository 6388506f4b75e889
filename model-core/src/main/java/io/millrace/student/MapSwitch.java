package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.FieldTable;
import io.millrace.dlrm.StateCopy;
import io.millrace.event.SchemaChange;
import io.millrace.hash.MapVersion;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.time.MapGrid;
import io.millrace.watch.BuildDecisions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The maps that a student uses, those that are due or offered, and the change from one to the next:
 * rows and optimiser state move warm ({@link FieldTable#switchTo}).
 *
 * <p>In a job that waits for maps, those of a sub-window are due once it has closed, and take over
 * before the next event. In other jobs, maps are offered as they become known, and take over
 * between two batches. A job may go over from the one to the other ({@link LiveFrom}).
 */
final class MapSwitch {

  /** No sub-window. */
  static final long NONE = Long.MIN_VALUE;

  private final StudentTables tables;
  private final JobSpec job;
  private final ArmSpec spec;
  private final Student.MapSource source;
  private final BuildDecisions decisions;
  private final ClickModel model;
  private final SwitchComparison comparison;
  private final MapVersion[] current;

  /** Version of the newest map of each field that was in use or on trial, 0 before the first. */
  private final int[] tried;

  /** Maps of a field are due after this sub-window only, {@link #NONE} for all. */
  private final long[] dueAfter;

  private final Map<Integer, MapVersion> offered = new LinkedHashMap<>();

  /** Sub-windows closed since the last event, each with the one that closed before it. */
  private final NavigableMap<Long, Long> closed = new TreeMap<>();

  private long lastClosed = NONE;

  final LiveFrom live;

  /** A student without maps. */
  MapSwitch(
      StudentTables tables,
      Student.MapSource source,
      BuildDecisions decisions,
      ClickModel model,
      SwitchComparison comparison) {
    this.tables = tables;
    this.job = tables.job;
    this.spec = tables.arm;
    this.source = source;
    this.decisions = decisions;
    this.model = model;
    this.comparison = comparison;
    this.live = new LiveFrom(job);
    this.current = new MapVersion[job.schema().fields().size()];
    this.tried = new int[current.length];
    this.dueAfter = new long[current.length];
    Arrays.fill(dueAfter, NONE);
  }

  /** Takes a sub-window that has closed; maps may be built at its end. */
  void closed(long subWindow) {
    if (spec.hash().mapped() && !live.after(subWindow)) {
      closed.put(subWindow, lastClosed);
    }
    live.closed(subWindow);
    lastClosed = subWindow;
  }

  /** Whether it is decided which maps are due, and they are there. */
  boolean ready() {
    if (closed.isEmpty()) {
      return true;
    }
    if (!decisions.decided(closed.lastKey())) {
      return false;
    }
    long due = due();
    boolean ready = true;
    for (int f = 0; due != NONE && f < current.length; f++) {
      ready &= !isDue(f, due) || source.ready(job.mapSpec(spec), f, due);
    }
    return ready;
  }

  private boolean isDue(int field, long subWindow) {
    return job.compressed(spec, field) && subWindow > dueAfter[field];
  }

  /** The sub-window at whose end the maps that are due were built, or {@link #NONE}. */
  private long due() {
    for (Map.Entry<Long, Long> entry : closed.descendingMap().entrySet()) {
      long subWindow = entry.getKey();
      if (!live.after(subWindow) && decisions.builds(entry.getValue(), subWindow)) {
        return subWindow;
      }
    }
    return NONE;
  }

  /** Whether maps are due before the next event; may be asked if they are {@link #ready}. */
  boolean areDue() {
    return !closed.isEmpty() && due() != NONE;
  }

  /** The sub-window whose maps are due before the next event, or {@link #NONE}; due only once. */
  long takeDue() {
    if (closed.isEmpty()) {
      return NONE;
    }
    long due = due();
    closed.clear();
    return due;
  }

  /** Lets the maps of a sub-window take over; waits for them. No batch may be half full. */
  void switchToMapsOf(long subWindow) {
    Map<Integer, MapVersion> next = new LinkedHashMap<>();
    for (int f = 0; f < current.length; f++) {
      if (isDue(f, subWindow)) {
        MapVersion map = source.await(job.mapSpec(spec), f, subWindow);
        if (map != null) {
          next.put(f, map);
        }
      }
    }
    switchTo(next);
  }

  /** Keeps a map for {@link #switchToOffered}, if it is newer than those in use or tried before. */
  void offer(int field, MapVersion map) {
    if (job.compressed(spec, field) && tried[field] < map.version()) {
      offered.put(field, map);
    }
  }

  /** Lets the maps that were offered take over. No batch may be half full. */
  void switchToOffered() {
    switchTo(offered);
    offered.clear();
  }

  private void switchTo(Map<Integer, MapVersion> next) {
    if (next.isEmpty()) {
      return;
    }
    next.forEach((f, map) -> tried[f] = Math.max(tried[f], map.version()));
    Shadow candidate = comparison.begin(current, live.live());
    if (candidate != null) {
      candidate.switchTo(next);
      return;
    }
    next.forEach(
        (f, map) -> {
          model.fields().get(f).switchTo(map);
          current[f] = map;
        });
  }

  /** Takes the maps of a candidate whose model the student has taken over. */
  void accept(MapVersion[] maps) {
    System.arraycopy(maps, 0, current, 0, current.length);
  }

  /**
   * End of the earliest window whose map may still be asked for, ms.
   *
   * @param firstHeldBack the first sub-window whose end is held back, {@link Long#MAX_VALUE} if
   *     none
   * @param otherwise returned where no map may be asked for yet; {@link Long#MAX_VALUE} where none
   *     ever will be, as the student is live
   */
  long neededFrom(MapGrid grid, long firstHeldBack, long otherwise) {
    long next = live.live() ? Long.MAX_VALUE : firstHeldBack;
    long first = closed.isEmpty() ? next : Math.min(next, closed.firstKey());
    if (first != Long.MAX_VALUE) {
      return grid.end(first);
    }
    return live.live() ? Long.MAX_VALUE : otherwise;
  }

  /** The map that a field uses, or null. */
  MapVersion map(int field) {
    return current[field];
  }

  /** Version of the newest map in use, 0 before the first. */
  int version() {
    return Shadow.newest(current);
  }

  void writeDue(DataOutput out) throws IOException {
    out.writeInt(closed.size());
    for (Map.Entry<Long, Long> entry : closed.entrySet()) {
      out.writeLong(entry.getKey());
      out.writeLong(entry.getValue());
    }
    out.writeLong(lastClosed);
    live.writeState(out);
  }

  /**
   * Reads what {@link #writeDue} wrote.
   *
   * @param withLive false for an earlier version, in which students waited always or never
   */
  void readDue(DataInput in, boolean withLive) throws IOException {
    closed.clear();
    for (int n = in.readInt(); n > 0; n--) {
      closed.put(in.readLong(), in.readLong());
    }
    lastClosed = in.readLong();
    if (withLive) {
      live.readState(in);
    }
    if (lastClosed != NONE) {
      live.closed(lastClosed);
    }
  }

  /** Reads an earlier format, in which maps were due at the ends of panes only. */
  void readDuePane(DataInput in) throws IOException {
    closed.clear();
    long pane = in.readLong();
    if (pane != NONE) {
      closed.put(pane, NONE);
    }
  }

  /** Called after the rows were read: those without a map choose the hash. */
  void fitHashes() {
    tables.fitHashes(model.fields(), current);
  }

  /**
   * Goes on in the place of a student that has other columns, whose rows this model has taken.
   *
   * <p>Maps of a new field are due only after {@code reached}: in a sub-window that had events
   * before, there may be none with the new column, and then its map is never built.
   *
   * @param onTrial by former field the maps that were on trial; they are offered once more
   * @param reached the last sub-window that may have had events of the former columns
   */
  void take(MapSwitch former, SchemaChange change, Optional<MapVersion[]> onTrial, long reached)
      throws IOException {
    StateCopy.copy(former::writeDue, in -> readDue(in, true));
    int[] fields = change.fields();
    for (int f = 0; f < fields.length; f++) {
      if (fields[f] == SchemaChange.NEW) {
        dueAfter[f] = reached;
      } else {
        take(f, former, fields[f], onTrial);
      }
    }
  }

  private void take(int f, MapSwitch former, int from, Optional<MapVersion[]> onTrial) {
    current[f] = former.current[from];
    tried[f] = former.tried[from];
    dueAfter[f] = former.dueAfter[from];
    MapVersion again = onTrial.map(maps -> maps[from]).orElse(null);
    boolean newer = again != null && (current[f] == null || again.version() > current[f].version());
    MapVersion next = former.offered.getOrDefault(from, newer ? again : null);
    if (next != null) {
      offered.put(f, next);
    }
  }

  void writeMaps(DataOutput out) throws IOException {
    for (int f = 0; f < current.length; f++) {
      StudentState.writeMap(current[f], out);
      StudentState.writeMap(offered.get(f), out);
      out.writeInt(tried[f]);
      out.writeLong(dueAfter[f]);
    }
  }

  /**
   * Reads what {@link #writeMaps} wrote.
   *
   * @param withTried false for an earlier version, in which each map was in use at once
   * @param withDueAfter false for an earlier version, in which no field was new
   */
  void readMaps(DataInput in, boolean withTried, boolean withDueAfter) throws IOException {
    for (int f = 0; f < current.length; f++) {
      current[f] = StudentState.readMap(in);
      MapVersion next = StudentState.readMap(in);
      if (next != null) {
        offered.put(f, next);
      }
      tried[f] = withTried ? in.readInt() : current[f] == null ? 0 : current[f].version();
      dueAfter[f] = withDueAfter ? in.readLong() : NONE;
      if (current[f] != null) {
        model.fields().get(f).restoreHash(current[f].toHash());
      }
    }
  }
}
