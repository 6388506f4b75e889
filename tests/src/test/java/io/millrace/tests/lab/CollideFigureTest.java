package io.millrace.tests.lab;

import static io.millrace.tests.lab.CollideArms.SMALL;
import static io.millrace.tests.lab.CollideArms.rows;
import static io.millrace.tests.lab.CollideRuns.DEMO;
import static io.millrace.tests.lab.CollideRuns.TMALL;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The figures of Learning to Collide: {@link CollideRuns}. */
@Tag("long")
class CollideFigureTest {

  private static LabPage page(String name, String method) {
    return new LabPage(name, CollideFigureTest.class, method);
  }

  /** Figures 1, 3, 4 and 5 from one run a log: the fewer rows a plain hash has, the worse it is. */
  @Test
  void sizes() throws IOException {
    LabPage sizes = page("collide-1", "sizes");
    LabPage learned = page("collide-3", "sizes");
    LabPage tables = page("collide-4", "sizes");
    LabPage kept = page("collide-5", "sizes");
    for (String log : CollideRuns.logs()) {
      List<Path> runs = CollideRuns.main(log);
      TrainScores scores = TrainScores.of(runs);
      for (LabPage page : List.of(sizes, learned, tables, kept)) {
        measured(page, runs).heading(log);
      }
      new CollidePages(scores, sizes).sizes(log);
      new CollidePages(scores, learned).learned(log);
      Map<String, String> arms = new LinkedHashMap<>();
      arms.put("plain hash, one table", "modulo");
      arms.put("plain hash, two tables", "double");
      arms.put("learned hash, one table", "learned");
      arms.put("learned hash, two tables", "learned-d");
      new CollidePages(scores, tables).atSmall(log, arms, "modulo");
      arms.clear();
      arms.put("double hashing, no hot ids kept", "double");
      arms.put("1 % of the ids kept", "hot1");
      arms.put("2.5 % of the ids kept", "hot2.5");
      new CollidePages(scores, kept).atSmall(log, arms, "double");
      assertThat(Figures.mean(scores.auc(rows("modulo", 1))))
          .isLessThan(Figures.mean(scores.auc(rows("modulo", 50))));
    }
    for (LabPage page : List.of(sizes, learned, tables, kept)) {
      page.publish(CollideRuns.pages());
    }
  }

  /** Figure 2: tables of less than the cutoff keep a row for each id, so the model is larger. */
  @Test
  void cutoffs() throws IOException {
    LabPage page = page("collide-2", "cutoffs");
    for (String log : CollideRuns.logs()) {
      page.heading(log);
      TrainScores usual = TrainScores.of(CollideRuns.main(log));
      Map<Integer, TrainScores> byCutoff = new TreeMap<>();
      for (int cutoff : CollideRuns.cutoffs(log)) {
        List<Path> runs =
            cutoff == CollideRuns.usualCutoff(log)
                ? CollideRuns.main(log)
                : CollideRuns.cutoff(log, cutoff);
        measured(page, runs);
        byCutoff.put(cutoff, TrainScores.of(runs));
      }
      new CollidePages(usual, page).cutoffs(log, byCutoff);
      assertThat(byCutoff.values().stream().map(of -> of.servedBytes(rows("modulo", SMALL))))
          .isSorted();
    }
    page.publish(CollideRuns.pages());
  }

  /** Figures 6 and 7. */
  @Test
  void frequency() throws IOException {
    LabPage page = page("collide-6-7", "frequency");
    for (String log : CollideRuns.logs()) {
      page.heading(log);
      Map<String, TrainScores> byUse = new LinkedHashMap<>();
      for (String use : CollideRuns.FREQUENCY.keySet()) {
        List<Path> runs = CollideRuns.frequency(log, use);
        measured(page, runs);
        byUse.put(use, TrainScores.of(runs));
      }
      List<Path> both = CollideRuns.main(log);
      measured(page, both);
      byUse.put("both", TrainScores.of(both));
      CollidePages.frequency(page, log, byUse);
      assertThat(byUse).hasSize(4);
    }
    page.publish(CollideRuns.pages());
  }

  /** Figures 8 and 9. */
  @Test
  void teacher() throws IOException {
    LabPage page = page("collide-8-9", "teacher");
    for (String log : List.of(DEMO, TMALL)) {
      page.heading("Teacher's events: " + log);
      Map<String, TrainScores> byShare = new LinkedHashMap<>();
      for (String share : CollideRuns.SAMPLES) {
        List<Path> runs = CollideRuns.samples(log, share);
        measured(page, runs);
        byShare.put(share, TrainScores.of(runs));
      }
      List<Path> all = log.equals(DEMO) ? CollideRuns.main(log) : CollideRuns.samples(log, "1");
      measured(page, all);
      byShare.put("1", TrainScores.of(all));
      CollidePages.samples(page, log, byShare);
    }
    Results days =
        Measured.results(
            "collide-teacher-days",
            CollideTeacherDays.job(DEMO),
            CollideRuns.SEEDS,
            List.of(CollideTeacherDays.tmall()),
            CollideTeacherDays::measure);
    page.measured(Measured.read(Measured.folder().resolve("collide-teacher-days.json")));
    for (String log : days.texts("data")) {
      page.heading("Teacher's days: " + log);
      CollidePages.days(page, log, days.where("data", log));
      assertThat(days.where("data", log).texts("events")).hasSize(1);
    }
    page.publish(CollideRuns.pages());
  }

  private static LabPage measured(LabPage page, List<Path> runs) throws IOException {
    for (Path run : runs) {
      page.measured(Measured.read(Measured.record(run)));
    }
    return page;
  }
}
