package io.millrace.tests.lab.loop;

import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.Student;
import io.millrace.time.EventClock;
import io.millrace.watch.Refreshes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A student of a job's first arm, whose maps come once, from other events than its own. */
public final class FixedMaps {

  private FixedMaps() {}

  /**
   * Mean AUC of the student's windows.
   *
   * @param known events from which counts and teacher learn, for the maps of their last window
   * @param events the student's; it has the maps from the end of its first window on
   * @param skip windows that do not count, the first one included
   */
  public static double auc(
      JobSpec job, long seed, List<ClickEvent> known, List<ClickEvent> events, int skip) {
    Map<Integer, MapVersion> maps = maps(job, seed, known);
    ArmSpec arm = job.arms().get(0);
    Students listener = new Students(job);
    Set<Integer> done = new HashSet<>();
    EventClock clock = new EventClock(job.watchGrid());
    try (Student student =
        new Student(
            job,
            arm,
            seed,
            (spec, field, subWindow) -> done.add(field) ? maps.get(field) : null,
            Refreshes.ofWindows(job.mapGrid()),
            listener)) {
      for (ClickEvent event : events) {
        student.onEvent(event, false);
        long watermark = clock.advance(event.eventTime());
        if (watermark != EventClock.NONE) {
          student.onWatermark(watermark);
        }
      }
      student.onWatermark(Long.MAX_VALUE);
    }
    return listener.metrics.get(arm.name()).values().stream()
        .skip(skip)
        .mapToDouble(line -> line.overall().auc())
        .average()
        .orElseThrow();
  }

  /** The last map of each field. */
  private static Map<Integer, MapVersion> maps(JobSpec job, long seed, List<ClickEvent> known) {
    Map<Integer, MapVersion> last = new HashMap<>();
    Students listener =
        new Students(job) {
          @Override
          public void maps(int field, MapBuilder.Result result) {
            result.maps().forEach(map -> last.put(field, map));
          }
        };
    try (TrainLoop loop = new TrainLoop(job, seed, listener, StageTimer.NONE)) {
      known.forEach(loop::onEvent);
      loop.finish();
    }
    return last;
  }
}
