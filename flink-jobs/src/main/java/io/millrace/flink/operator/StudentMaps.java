package io.millrace.flink.operator;

import io.millrace.flink.store.Stores;
import io.millrace.hash.MapVersion;
import io.millrace.runs.FileError;
import io.millrace.runs.MapFolder;
import io.millrace.runs.MetricName;
import io.millrace.runs.RunFiles;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.MapWaiting;
import io.millrace.student.Student;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.ObjIntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings maps from their folder to one student. A {@link MapWatcher} finds a map that is due, or
 * for a live student each new map, and a mail brings it to the student's thread.
 *
 * <p>It also writes to the folder which maps the student may still ask for. After a restore the
 * student asks once more for the maps after the checkpoint. So older maps may be deleted when a
 * checkpoint is complete, and not earlier.
 */
final class StudentMaps implements Student.MapSource, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StudentMaps.class);

  /** A map's field and the sub-window at whose end it is built. */
  private record Key(int field, long subWindow) {}

  private final JobSpec job;
  private final ArmSpec spec;
  private final String who;
  private final MapFolder folder;
  private final MapWatcher watcher;
  private final Resumer resumer;
  private final Set<Key> asked = new HashSet<>();
  private final Map<Key, Optional<MapVersion>> found = new HashMap<>();
  private final NavigableMap<Long, Long> neededAt = new TreeMap<>();
  private long needed = Long.MIN_VALUE;
  private final LongAdder nanosWaited = new LongAdder();

  /**
   * No map has been asked for yet.
   *
   * @param who name of the student
   */
  StudentMaps(
      JobSpec job, ArmSpec spec, String who, StudentOperator.Options options, Resumer resumer) {
    this.job = job;
    this.spec = spec;
    this.who = who;
    this.folder = new MapFolder(Stores.folderOf(options.runDir(), RunFiles.MAPS));
    this.watcher = new MapWatcher(who, folder, options.mapTimeout());
    this.resumer = resumer;
  }

  /**
   * Looks from when on the student no longer waits for maps.
   *
   * @param found called once, on the task's thread
   */
  void awaitLive(LongConsumer found) {
    watcher.awaitLive(end -> resumer.arrived(() -> found.accept(end), "the end of waiting"));
  }

  /**
   * Starts to look for new maps, for a student that does not wait for them.
   *
   * @param until maps of windows that end later are not offered yet, ms; read by another thread
   * @param offer takes a map and its field, on the task's thread
   */
  void follow(LongSupplier until, ObjIntConsumer<MapVersion> offer) {
    for (int f = 0; spec.hash().mapped() && f < job.schema().fields().size(); f++) {
      if (job.compressed(spec, f)) {
        int field = f;
        watcher.follow(
            job.mapSpec(spec),
            name(field),
            until,
            map -> resumer.arrived(() -> offer.accept(map, field), "a new map"));
      }
    }
  }

  private String name(int field) {
    return job.schema().fields().get(field).name();
  }

  @Override
  public boolean ready(String mapSpec, int field, long subWindow) {
    Key key = new Key(field, subWindow);
    if (asked.add(key)) {
      watcher.await(
          mapSpec,
          name(field),
          job.mapGrid().end(subWindow),
          map -> resumer.arrived(() -> found.put(key, map), "the map that is due"),
          resumer::fail);
    }
    return found.containsKey(key);
  }

  /** Blocks; called by the student in the middle of an event. */
  @Override
  public MapVersion await(String mapSpec, int field, long subWindow) {
    if (!ready(mapSpec, field, subWindow)) {
      long start = System.nanoTime();
      try {
        resumer.await(() -> ready(mapSpec, field, subWindow), "a map");
      } finally {
        nanosWaited.add(System.nanoTime() - start);
      }
    }
    asked.removeIf(key -> key.subWindow <= subWindow && key.field == field);
    found.keySet().removeIf(key -> key.subWindow < subWindow);
    return found.remove(new Key(field, subWindow)).orElse(null);
  }

  /** Seconds in which the student was blocked for maps; for any thread. */
  double secondsWaited() {
    return MetricName.secondsOfNanos(nanosWaited.sum());
  }

  /**
   * A checkpoint is taken.
   *
   * @param from end of the earliest window whose map the student may ask for after it, ms
   */
  void snapshot(long checkpointId, long from) {
    if (spec.hash().mapped() && job.student().waitForMaps() != MapWaiting.NEVER) {
      neededAt.put(checkpointId, from);
    }
  }

  /** A checkpoint is complete: maps that were asked for before it may be deleted. */
  void complete(long checkpointId) {
    Long from = neededAt.remove(checkpointId);
    neededAt.headMap(checkpointId).clear();
    if (from != null && from != needed) {
      try {
        folder.need(who, from);
        needed = from;
      } catch (IOException e) {
        LOG.warn("maps that {} no longer needs stay: {}", who, FileError.line(e));
      }
    }
  }

  @Override
  public void close() {
    watcher.close();
  }
}
