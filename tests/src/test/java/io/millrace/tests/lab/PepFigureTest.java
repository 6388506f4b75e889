package io.millrace.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The figure of PEP: {@link PepRuns}. */
@Tag("long")
class PepFigureTest {

  /**
   * A tenth and less of the weights serves less bytes than all, and retraining is another model.
   */
  @Test
  void pruned() throws IOException {
    LabPage page = new LabPage("pep", PepFigureTest.class, "pruned");
    for (String log : CollideRuns.logs()) {
      page.heading(log);
      List<Path> runs = new ArrayList<>(PepRuns.search(log));
      runs.addAll(PepRuns.retrained(log));
      for (Path run : runs) {
        page.measured(Measured.read(Measured.record(run)));
      }
      TrainScores scores = TrainScores.of(runs);
      double[] full = scores.auc("full");
      List<List<String>> rows = new ArrayList<>();
      Map<String, List<double[]>> lines = new LinkedHashMap<>();
      page.say(
          "A row for each id, unpruned: %s served, AUC %s.",
          EqualBytesPage.kilobytes(scores.servedBytes("full")), Figures.mean4(full));
      for (String granularity : PepRuns.GRANULARITIES) {
        for (String keep : PepRuns.kept(log)) {
          String arm = PepRuns.arm(granularity, keep);
          double pruned = 100 * (1 - Double.parseDouble(keep));
          rows.add(
              List.of(
                  granularity,
                  Figures.text("%.0f %%", pruned),
                  EqualBytesPage.kilobytes(scores.servedBytes(arm)),
                  Figures.mean4(scores.auc(arm)),
                  Figures.change(Figures.less(scores.auc(arm), full)),
                  EqualBytesPage.kilobytes(scores.servedBytes("re-" + arm)),
                  Figures.mean4(scores.auc("re-" + arm)),
                  Figures.change(Figures.less(scores.auc("re-" + arm), full))));
          add(lines, granularity, pruned, scores.auc(arm));
          add(lines, granularity + ", retrained", pruned, scores.auc("re-" + arm));
          assertThat(scores.servedBytes(arm)).isLessThan(scores.servedBytes("full"));
        }
      }
      page.table(
          List.of(
              "a threshold for",
              "pruned",
              "served",
              "searching, AUC",
              "above unpruned",
              "retrained, served",
              "AUC",
              "above unpruned"),
          rows);
      page.chart(
          new Chart("AUC by share pruned, " + log, "weights pruned, %", "AUC", false, lines));
    }
    page.publish(CollideRuns.pages());
  }

  private static void add(
      Map<String, List<double[]>> lines, String line, double pruned, double[] auc) {
    lines
        .computeIfAbsent(line, l -> new ArrayList<>())
        .add(new double[] {pruned, Figures.mean(auc)});
  }
}
