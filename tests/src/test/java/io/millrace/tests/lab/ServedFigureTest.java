package io.millrace.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.lab.loop.ServedScores;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the period between syncs and the age of a served model cost. */
@Tag("long")
class ServedFigureTest {

  /** A model that is synced within half an hour is at least as good as one that never is. */
  @Test
  void monolithSync() throws IOException {
    Results results =
        Measured.results(
            "monolith-sync",
            ServedFigures.job(),
            ServedFigures.SEEDS,
            List.of(ServedFigures.log()),
            ServedFigures::sync);
    List<String> rules = new ArrayList<>(ServedFigures.periods().keySet());
    rules.add(ServedScores.LEARNER);
    LabPage page = new LabPage("monolith-sync", ServedFigureTest.class, "monolithSync");
    page.measured(Measured.read(Measured.folder().resolve("monolith-sync.json")));
    for (String data : results.texts("data")) {
      Results log = results.where("data", data);
      page.heading(data);
      page.chart(
          new Chart(
              "AUC of the served model by sync period, " + data,
              "hours between syncs",
              "AUC",
              true,
              ServedPages.lines(log, ServedFigures.hours())));
      ServedPages.table(page, log, rules, rules);
      page.say("AUC of `two-level` by day:");
      ServedPages.days(page, log.where("arm", "two-level"), rules, rules);
      for (String arm : log.texts("arm")) {
        assertThat(Figures.mean(ServedPages.bySeed(log.where("arm", arm), "30 min", "auc")))
            .isGreaterThan(Figures.mean(ServedPages.bySeed(log.where("arm", arm), "never", "auc")));
      }
    }
    page.publish(Measured.DOCS);
  }

  /** The older a model, the less it knows: three days cost more than one hour. */
  @Test
  void freshness() throws IOException {
    Results results =
        Measured.results(
            "freshness",
            ServedFigures.job(),
            ServedFigures.SEEDS,
            List.of(ServedFigures.log()),
            ServedFigures::age);
    List<String> rules = ServedFigures.AGES.stream().map(age -> Integer.toString(age)).toList();
    List<String> names = new ArrayList<>();
    Map<String, Double> hours = new LinkedHashMap<>();
    for (int age : ServedFigures.AGES) {
      double from = 24. * age / ServedFigures.PER_DAY;
      names.add(from < 24 ? Figures.text("%.1f h", from) : Figures.text("%.0f days", from / 24));
      hours.put(Integer.toString(age), from + 12. / ServedFigures.PER_DAY);
    }
    LabPage page = new LabPage("freshness", ServedFigureTest.class, "freshness");
    page.measured(Measured.read(Measured.folder().resolve("freshness.json")));
    for (String data : results.texts("data")) {
      Results log = results.where("data", data);
      page.heading(data);
      page.chart(
          new Chart(
              "AUC of the served model by its age, " + data,
              "mean age, hours",
              "AUC",
              true,
              ServedPages.lines(log, hours)));
      ServedPages.table(page, log, rules, names);
      for (String arm : log.texts("arm")) {
        assertThat(Figures.mean(ServedPages.bySeed(log.where("arm", arm), "1", "auc")))
            .isGreaterThan(Figures.mean(ServedPages.bySeed(log.where("arm", arm), "60", "auc")));
      }
    }
    page.publish(Measured.DOCS);
  }
}
