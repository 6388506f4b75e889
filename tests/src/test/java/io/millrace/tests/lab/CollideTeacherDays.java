package io.millrace.tests.lab;

import io.millrace.event.ClickEvent;
import io.millrace.file.EventInput;
import io.millrace.generator.GeneratorOptions;
import io.millrace.hash.MapVersion;
import io.millrace.jobfile.JobConfig;
import io.millrace.maps.MapBuilder;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.Student;
import io.millrace.time.EventClock;
import io.millrace.watch.Refreshes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Figure 9: teachers that learn from as many events, spread over more or fewer days. Counts,
 * teacher and maps see every k-th event of the last k days (of all k in the experiment, the
 * shortest span whole) before a certain day. From then on a student has these maps and no others.
 * It starts at the beginning of the day before; its AUC is the mean over the second half of its
 * days with the maps.
 */
final class CollideTeacherDays {

  /**
   * Of a log.
   *
   * @param split the first day with the maps, from 0
   * @param days of the log
   * @param spans days that teachers see, the shortest first
   */
  record Plan(int split, int days, List<Integer> spans) {}

  private CollideTeacherDays() {}

  static Plan plan(String log) {
    return log.equals(CollideRuns.TMALL)
        ? new Plan(63, 123, List.of(7, 14, 28, 56))
        : new Plan(4, 8, List.of(1, 2, 4));
  }

  static JobConfig job(String log) throws IOException {
    String job =
        CollideRuns.job(log)
            .replaceFirst("decay: [.0-9]+", "decay: 1")
            .replace("size: 7d, slide: 1d", "size: 1d");
    return LabJobs.parse(LabJobs.with(job, CollideArms.samples()));
  }

  /** The log that is a file. */
  static EventInput tmall() {
    return EventInput.of(CollideRuns.events(CollideRuns.TMALL));
  }

  /** AUC by log, seed and span. */
  static Results measure() throws IOException {
    Results results = new Results("data", "seed", "span", "events", "auc");
    for (String log : List.of(CollideRuns.DEMO, CollideRuns.TMALL)) {
      JobConfig job = job(log);
      for (long seed : CollideRuns.SEEDS) {
        List<ClickEvent> events =
            log.equals(CollideRuns.DEMO)
                ? LabStream.generate(job.spec(), GeneratorOptions.demo(), seed).events()
                : LabStream.read(job, tmall(), 0).events();
        Plan plan = plan(log);
        int whole = between(job.spec(), events, plan.split - plan.spans.get(0), plan.split).size();
        for (int span : plan.spans) {
          List<ClickEvent> seen =
              thin(between(job.spec(), events, plan.split - span, plan.split), whole);
          double auc = student(job.spec(), seed, events, plan, maps(job.spec(), seed, seen));
          results.add(log, seed, span, seen.size(), auc);
        }
      }
    }
    return results;
  }

  private static List<ClickEvent> between(JobSpec job, List<ClickEvent> events, int from, int to) {
    long first = job.windows().pane(events.get(0).eventTime());
    List<ClickEvent> some = new ArrayList<>();
    for (ClickEvent event : events) {
      long day = job.windows().pane(event.eventTime()) - first;
      if (day >= from && day < to) {
        some.add(event);
      }
    }
    return some;
  }

  /** As many events as given, evenly spread. */
  private static List<ClickEvent> thin(List<ClickEvent> events, int size) {
    List<ClickEvent> some = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      some.add(events.get((int) ((long) i * events.size() / size)));
    }
    return some;
  }

  /** The last map of each field. */
  private static Map<Integer, MapVersion> maps(JobSpec job, long seed, List<ClickEvent> seen) {
    Map<Integer, MapVersion> last = new HashMap<>();
    Students listener =
        new Students(job) {
          @Override
          public void maps(int field, MapBuilder.Result result) {
            result.maps().forEach(map -> last.put(field, map));
          }
        };
    try (TrainLoop loop = new TrainLoop(job, seed, listener, StageTimer.NONE)) {
      seen.forEach(loop::onEvent);
      loop.finish();
    }
    return last;
  }

  private static double student(
      JobSpec job, long seed, List<ClickEvent> events, Plan plan, Map<Integer, MapVersion> maps) {
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
      for (ClickEvent event : between(job, events, plan.split - 1, plan.days)) {
        student.onEvent(event, false);
        long watermark = clock.advance(event.eventTime());
        if (watermark != EventClock.NONE) {
          student.onWatermark(watermark);
        }
      }
      student.onWatermark(Long.MAX_VALUE);
    }
    int from = (plan.days - plan.split) / 2 + 1;
    return listener.metrics.get(arm.name()).values().stream()
        .skip(from)
        .mapToDouble(line -> line.overall().auc())
        .average()
        .orElseThrow();
  }
}
