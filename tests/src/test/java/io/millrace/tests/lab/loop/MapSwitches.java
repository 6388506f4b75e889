package io.millrace.tests.lab.loop;

import io.millrace.dlrm.FieldTable;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.table.RowValues;
import io.millrace.time.EventClock;
import io.millrace.watch.Losses;
import io.millrace.watch.Refreshes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a switch of maps costs when rows or optimiser state do not move to their new places: copies
 * of each mapped arm lose them after every switch.
 */
public final class MapSwitches {

  /** What a copy loses. */
  public enum Loses {
    /** Nothing: rows and optimiser state move, as they always do. */
    NOTHING("both carried"),
    /** The optimiser's sums of squared gradients: they start at 0 again. */
    STATE("rows carried"),
    /** Rows and optimiser state: both start as in a new student. */
    ROWS("none carried"),
    /** The maps: the student keeps the first one, of the first window. */
    MAPS("first map kept");

    public final String label;

    Loses(String label) {
      this.label = label;
    }
  }

  /** A student, and what it loses. */
  private static final class Copy implements Student.Listener, AutoCloseable {
    final Loses loses;
    final Student student;
    final Map<Long, Losses> losses = new TreeMap<>();
    private final float[][] fresh;
    private int map;

    Copy(JobSpec job, ArmSpec arm, Loses loses, long seed, Student.MapSource source) {
      this.loses = loses;
      Student.MapSource maps = loses == Loses.MAPS ? firstOf(source) : source;
      this.student = new Student(job, arm, seed, maps, Refreshes.ofWindows(job.mapGrid()), this);
      this.fresh = new float[job.schema().fields().size()][];
      for (int f = 0; f < fresh.length; f++) {
        if (job.compressed(arm, f)) {
          fresh[f] = rows(student.model().fields().get(f));
        }
      }
    }

    /** The maps of the first window, and none after them. */
    private static Student.MapSource firstOf(Student.MapSource source) {
      Set<Integer> given = new HashSet<>();
      return (spec, field, part) -> given.add(field) ? source.await(spec, field, part) : null;
    }

    private static float[] rows(FieldTable field) {
      RowValues values = field.table().rowValues();
      float[] rows = new float[values.rows() * values.length()];
      for (int r = 0; r < values.rows(); r++) {
        values.read(r, rows, r * values.length());
      }
      return rows;
    }

    void onEvent(ClickEvent event, long watermark) {
      if (watermark != EventClock.NONE) {
        student.onWatermark(watermark);
        afterSwitch();
      }
      student.onEvent(event, false);
      afterSwitch();
    }

    /** No batch was learned since the switch: it has only the first event in it. */
    private void afterSwitch() {
      if (student.mapVersion() == map) {
        return;
      }
      map = student.mapVersion();
      if (loses != Loses.STATE && loses != Loses.ROWS) {
        return;
      }
      for (int f = 0; f < fresh.length; f++) {
        if (fresh[f] != null) {
          forget(student.model().fields().get(f).table().rowValues(), fresh[f]);
        }
      }
    }

    private void forget(RowValues values, float[] first) {
      float[] row = new float[values.length()];
      for (int r = 0; r < values.rows(); r++) {
        values.read(r, row, 0);
        if (loses == Loses.ROWS) {
          System.arraycopy(first, r * row.length, row, 0, values.width());
        }
        Arrays.fill(row, values.width(), row.length, 0);
        values.write(r, row, 0);
      }
    }

    @Override
    public void losses(Student of, Losses line) {
      losses.put(line.subWindow(), line);
    }

    @Override
    public void metrics(MetricLine line) {}

    @Override
    public void publish(Student of, Student.PublishCause cause) {}

    @Override
    public void close() {
      student.close();
    }
  }

  private MapSwitches() {}

  /**
   * Log loss of every copy, by arm and what it loses, then by sub-window from the start of the
   * stream, nats an event.
   */
  public static Map<String, Map<Loses, double[]>> losses(JobSpec job, LabStream stream, long seed) {
    Map<String, MapVersion> newest = new HashMap<>();
    Students students =
        new Students(job) {
          @Override
          public void maps(int field, MapBuilder.Result result) {
            result.maps().forEach(map -> newest.put(map.header().spec() + "/" + field, map));
          }
        };
    Student.MapSource source = (spec, field, subWindow) -> newest.get(spec + "/" + field);
    List<Copy> copies = new ArrayList<>();
    for (ArmSpec arm : job.arms()) {
      if (arm.hash().mapped()) {
        for (Loses loses : Loses.values()) {
          copies.add(new Copy(job, arm, loses, seed, source));
        }
      }
    }
    run(job, stream, seed, students, copies);
    Map<String, Map<Loses, double[]>> all = new LinkedHashMap<>();
    for (Copy copy : copies) {
      String name = copy.student.spec().name();
      all.computeIfAbsent(name, a -> new TreeMap<>())
          .put(
              copy.loses,
              copy.losses.values().stream().mapToDouble(of -> of.sum() / of.events()).toArray());
      copy.close();
    }
    return all;
  }

  private static void run(
      JobSpec job, LabStream stream, long seed, Students students, List<Copy> copies) {
    EventClock clock = new EventClock(job.watchGrid());
    try (TrainLoop loop = new TrainLoop(job, seed, students, StageTimer.NONE)) {
      for (ClickEvent event : stream.events()) {
        loop.onEvent(event);
        long before = clock.watermark();
        copies.forEach(copy -> copy.onEvent(event, before));
        clock.advance(event.eventTime());
      }
      loop.finish();
      copies.forEach(copy -> copy.student.onWatermark(Long.MAX_VALUE));
    }
  }
}
