package io.millrace.tests.lab;

import io.millrace.event.ClickEvent;
import io.millrace.file.EventInput;
import io.millrace.generator.GeneratorOptions;
import io.millrace.jobfile.JobConfig;
import io.millrace.spec.JobSpec;
import io.millrace.tests.lab.loop.FixedMaps;
import io.millrace.tests.lab.loop.LabStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

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
          double auc =
              FixedMaps.auc(
                  job.spec(),
                  seed,
                  seen,
                  between(job.spec(), events, plan.split - 1, plan.days),
                  (plan.days - plan.split) / 2 + 1);
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
}
