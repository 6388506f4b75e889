package io.millrace.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.protocol.SharedData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The figures of MLET: quality against d and k, singular values, rare ids, time. */
@Tag("long")
class MletFigureTest {

  private static final List<Long> SEEDS = List.of(40L, 41L);

  /** A log, its runs, and its largest fields with their ids. */
  private record Log(
      String name, List<Path> runs, MletPages pages, Map<String, Integer> ids, int least) {}

  private final List<Log> logs = new ArrayList<>();

  /** One set of runs has all figures but that of time. */
  @BeforeEach
  void runs() throws IOException {
    logs.clear();
    List<Double> rates = List.of(.01, .02, .05, .1, .2);
    List<Double> factorised = List.of(.05, .02);
    Path events = SharedData.find("data/criteo-80k/events.csv.gz");
    List<Path> runs = new ArrayList<>();
    for (List<Integer> dims : List.of(List.of(4, 8, 16), List.of(32, 64))) {
      String job =
          LabJobs.with(LabJobs.alone(LabJobs.criteo()), MletArms.of(dims, rates, factorised));
      runs.add(Measured.train("mlet-criteo-d" + dims.get(0), job, events, SEEDS));
    }
    Map<String, Integer> ids = new LinkedHashMap<>();
    LabJobs.parse(LabJobs.with(LabJobs.criteo(), List.of("name: full, hash: full")))
        .spec()
        .schema()
        .fields()
        .forEach(field -> ids.put(field.name(), Math.toIntExact(field.expectedIds())));
    logs.add(
        new Log(
            "criteo-80k",
            runs,
            new MletPages(TrainScores.of(runs), rates, factorised),
            ids,
            2_000));
    logs.add(demo());
  }

  private static Log demo() throws IOException {
    List<Double> rates = List.of(.02, .05, .1, .2, .4);
    List<Double> factorised = List.of(.1, .05);
    String job =
        LabJobs.with(LabJobs.alone(LabJobs.demo()), MletArms.of(MletArms.DIMS, rates, factorised));
    List<Path> runs = new ArrayList<>();
    for (long seed : SEEDS) {
      Path events = Measured.generate("demo", SEEDS.get(0));
      runs.add(Measured.train("mlet-demo-" + seed, job, events, List.of(seed)));
    }
    Map<String, Integer> ids = new LinkedHashMap<>();
    LabJobs.parse(job)
        .spec()
        .schema()
        .fields()
        .forEach(field -> ids.put(field.name(), Math.toIntExact(field.expectedIds())));
    return new Log(
        "demo", runs, new MletPages(TrainScores.of(runs), rates, factorised), ids, 2_000);
  }

  private LabPage page(String name, String method) throws IOException {
    LabPage page = new LabPage(name, MletFigureTest.class, method);
    for (Log log : logs) {
      for (Path run : log.runs()) {
        page.measured(Measured.read(Measured.record(run)));
      }
    }
    return page;
  }

  @Test
  void quality() throws IOException {
    LabPage page = page("mlet-quality", "quality");
    for (Log log : logs) {
      page.heading(log.name());
      page.chart(
          new Chart(
              "AUC by length of the vectors, " + log.name(),
              "d",
              "AUC",
              true,
              log.pages().lines()));
      log.pages().quality(page);
    }
    page.publish(Measured.DOCS);
    MletPages demo = logs.get(1).pages();
    assertThat(demo.gain(16, 16)).as("where interactions decide").isPositive();
  }

  @Test
  void grid() throws IOException {
    LabPage page = page("mlet-grid", "grid");
    for (Log log : logs) {
      page.heading(log.name());
      page.chart(
          new Chart(
              "MLET's AUC above the best single layer, by d, " + log.name(),
              "inner dimension k",
              "AUC",
              true,
              log.pages().gridLines()));
      log.pages().grid(page);
    }
    page.publish(Measured.DOCS);
    assertThat(page.charts()).hasSize(2);
  }

  @Test
  void spectrum() throws IOException {
    LabPage page = page("mlet-spectrum", "spectrum");
    for (Log log : logs) {
      page.heading(log.name());
      page.chart(
          new Chart(
              "Effective rank of the large tables, " + log.name(),
              "d",
              "effective rank",
              true,
              log.pages().rankLines(log.ids(), log.least())));
      for (int d : List.of(8, 16, 64)) {
        log.pages().spectrum(page, d, log.ids(), log.least());
      }
    }
    page.publish(Measured.DOCS);
    assertThat(page.charts()).hasSize(2);
  }

  @Test
  void rare() throws IOException {
    LabPage page = page("mlet-rare", "rare");
    for (Log log : logs) {
      page.heading(log.name());
      page.say("Normalised entropy by how often the rarest id of an event was seen before:");
      log.pages().rare(page, 16);
      log.pages().rare(page, 64);
    }
    page.publish(Measured.DOCS);
    assertThat(page.generated()).contains("| 10 to 99 |");
  }

  @Test
  void time() throws IOException {
    Results results =
        Measured.results(
            "mlet-time",
            TimeFigure.job("small"),
            SEEDS.subList(0, 1),
            List.of(ServedFigures.log()),
            () -> TimeFigure.times(SEEDS.get(0)));
    LabPage page = new LabPage("mlet-time", MletFigureTest.class, "time");
    page.measured(Measured.read(Measured.folder().resolve("mlet-time.json")));
    for (String network : results.texts("network")) {
      page.heading(network);
      TimeFigure.table(page, results.where("network", network));
    }
    page.publish(Measured.DOCS);
    assertThat(results.numbers("micros")).doesNotContain(0);
  }
}
