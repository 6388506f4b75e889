package io.millrace.tests.lab;

import io.millrace.jobfile.JobConfig;
import io.millrace.tests.lab.loop.LabStream;
import io.millrace.tests.lab.loop.StepTimes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The time of a training step with factorised tables, against plain ones. */
final class TimeFigure {

  static final String PLAIN = "plain";

  /** Networks by name: ours of the examples, and the one of the MLET paper for Criteo. */
  private static final Map<String, String> NETWORKS =
      Map.of(
          "small", "bottom: [64], top: [128, 64]",
          "paper", "bottom: [512, 256, 128], top: [512, 256]");

  private static final int CHUNK = 4_096;
  private static final int ROUNDS = 15;

  private TimeFigure() {}

  private static List<String> arms(String network) {
    List<String> arms = new ArrayList<>();
    arms.add("name: plain, hash: full, student: {dim: 16, " + network + "}");
    for (int k : List.of(16, 32, 64, 128)) {
      String layers = "student: {dim: 16, mlet_k: " + k + ", " + network + "}";
      arms.add("name: dense-k" + k + ", hash: full, table: mlet, " + layers);
    }
    for (int k : List.of(16, 64)) {
      String layers = "student: {dim: 16, mlet_k: " + k + ", mlet_shared: table, " + network + "}";
      arms.add("name: table-k" + k + ", hash: full, table: mlet, " + layers);
    }
    return arms;
  }

  /** The job of a network: one window, in which events are learned as they come. */
  static JobConfig job(String network) throws IOException {
    String head =
        LabJobs.alone(LabJobs.criteo())
            .replace("events_per_day: 10000", "events_per_day: 80000")
            .replace("  wait_for_maps: true", "  order: arrival\n  wait_for_maps: true");
    return LabJobs.parse(LabJobs.with(head, arms(NETWORKS.get(network))));
  }

  /** Microseconds an event by network, arm and round. */
  static Results times(long seed) throws IOException {
    Results results = new Results("network", "arm", "round", "micros");
    for (String network : List.of("small", "paper")) {
      JobConfig job = job(network);
      LabStream criteo = ServedFigures.criteo(job);
      StepTimes.micros(job.spec(), criteo.events(), seed, CHUNK, ROUNDS)
          .forEach(
              (arm, micros) -> {
                for (int round = 0; round < micros.length; round++) {
                  results.add(network, arm, round, micros[round]);
                }
              });
    }
    return results;
  }

  /** A table of one network: ratios to the plain table in the same round. */
  static void table(LabPage page, Results network) {
    double[] plain = network.where("arm", PLAIN).numbers("micros");
    List<List<String>> rows = new ArrayList<>();
    for (String arm : network.texts("arm")) {
      double[] micros = network.where("arm", arm).numbers("micros");
      double[] ratios = new double[plain.length];
      Arrays.setAll(ratios, i -> micros[i] / plain[i]);
      Arrays.sort(ratios);
      Arrays.sort(micros);
      rows.add(
          List.of(
              arm,
              Figures.text("%.1f", micros[micros.length / 2]),
              Figures.text("%.2f", ratios[ratios.length / 2]),
              Figures.text(
                  "%.2f to %.2f", ratios[ratios.length / 4], ratios[3 * ratios.length / 4])));
    }
    page.table(List.of("tables", "µs an event", "times plain", "middle half of rounds"), rows);
  }
}
