package io.millrace.tests.lab.loop;

import io.millrace.event.ClickEvent;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.student.Student;
import io.millrace.watch.Refreshes;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Processor time of an event that a student predicts and learns. Students take turns on the same
 * events, so that ratios within a round mean something on a busy machine too.
 */
public final class StepTimes {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private StepTimes() {}

  /**
   * Microseconds an event by arm and round; a student learns in one thread.
   *
   * @param job learns in the order of arrival, has no maps, and one window for all events
   * @param chunk events of a round, a multiple of the batch
   */
  public static Map<String, double[]> micros(
      JobSpec job, List<ClickEvent> events, long seed, int chunk, int rounds) {
    Map<String, double[]> micros = new LinkedHashMap<>();
    List<Student> students = new ArrayList<>();
    for (ArmSpec arm : job.arms()) {
      Refreshes refreshes = Refreshes.none(job.mapGrid());
      Student student =
          new Student(job, arm, seed, (spec, f, sub) -> null, refreshes, new Students(job));
      student.onWatermark(events.get(0).eventTime() - 1);
      students.add(student);
      micros.put(arm.name(), new double[rounds]);
    }
    for (int round = -2; round < rounds; round++) {
      int from = Math.floorMod(round * chunk, events.size() - chunk + 1);
      List<ClickEvent> part = events.subList(from, from + chunk);
      for (int s = 0; s < students.size(); s++) {
        Student student = students.get(Math.floorMod(s + round, students.size()));
        long start = THREADS.getCurrentThreadCpuTime();
        part.forEach(event -> student.onEvent(event, false));
        double taken = (THREADS.getCurrentThreadCpuTime() - start) / 1e3 / chunk;
        if (round >= 0) {
          micros.get(student.spec().name())[round] = taken;
        }
      }
    }
    students.forEach(Student::close);
    return micros;
  }
}
