package io.millrace.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.lab.loop.MapSwitches;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a sudden change of the world, or of the maps, costs. */
@Tag("long")
class ChangeFigureTest {

  /** New tastes cost every arm something at first, and half of it is gone within four days. */
  @Test
  void recovery() throws IOException {
    Results results =
        Measured.results(
            "recovery",
            ChangeFigures.recoveryJob(),
            ServedFigures.SEEDS,
            List.of(),
            ChangeFigures::recovery);
    LabPage page = new LabPage("recovery", ChangeFigureTest.class, "recovery");
    page.measured(Measured.read(Measured.folder().resolve("recovery.json")));
    for (String world : results.texts("world")) {
      Results of = results.where("world", world);
      page.heading(world);
      page.chart(
          new Chart(
              "Distance to the true click probabilities, " + world,
              "thousand events since the change",
              "divergence, nats",
              false,
              ChangePages.recoveryLines(of)));
      ChangePages.recovery(page, of);
    }
    page.publish(Measured.DOCS);
    Results tastes = results.where("world", "TASTES");
    for (String arm : tastes.texts("arm")) {
      ChangePages.Recovered of = ChangePages.Recovered.of(tastes.where("arm", arm));
      assertThat(of.rise()).as(arm).isPositive();
      assertThat(of.half()).as(arm).isPositive();
    }
  }

  /** Rows that do not move at a switch cost a student more than state that does not. */
  @Test
  void mapSwitch() throws IOException {
    Results results =
        Measured.results(
            "map-switch",
            ChangeFigures.switchJob(),
            ServedFigures.SEEDS,
            List.of(ServedFigures.log()),
            ChangeFigures::switches);
    LabPage page = new LabPage("map-switch", ChangeFigureTest.class, "mapSwitch");
    page.measured(Measured.read(Measured.folder().resolve("map-switch.json")));
    for (String data : results.texts("data")) {
      Results log = results.where("data", data);
      int day = data.equals("demo") ? 30_000 : 10_000;
      page.heading(data);
      page.chart(
          new Chart(
              "two-level after a map switch: loss above that with rows and state, " + data,
              "events since the switch",
              "log loss, nats",
              true,
              ChangePages.switchLines(log.where("arm", "two-level"), day)));
      ChangePages.switches(page, log, day, 1, 2, 4, 10, 20, 40);
      for (String arm : log.texts("arm")) {
        Results of = log.where("arm", arm);
        double rows = ChangePages.lost(of, MapSwitches.Loses.ROWS, day, 4);
        assertThat(rows).isGreaterThan(ChangePages.lost(of, MapSwitches.Loses.STATE, day, 4));
      }
    }
    page.publish(Measured.DOCS);
  }
}
