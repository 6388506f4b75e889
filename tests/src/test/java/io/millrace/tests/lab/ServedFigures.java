package io.millrace.tests.lab;

import io.millrace.file.EventInput;
import io.millrace.generator.GeneratorOptions;
import io.millrace.jobfile.JobConfig;
import io.millrace.tests.lab.loop.LabStream;
import io.millrace.tests.lab.loop.ServedScores;
import io.millrace.tests.protocol.SharedData;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the time between publications, and the age of a served model, cost. */
final class ServedFigures {

  static final List<Long> SEEDS = List.of(40L, 41L, 42L);

  private static final List<String> ARMS =
      List.of(
          "name: full, hash: full",
          "name: linear, hash: none, bytes: 10%",
          "name: modulo, hash: modulo, bytes: 10%",
          "name: two-level, hash: two-level, bytes: 10%");

  /** Days before the first sync. */
  private static final int BEFORE = 5;

  /** Ages are multiples of this share of a day. */
  static final int PER_DAY = 20;

  static final List<Integer> AGES = List.of(0, 1, 2, 5, 10, 20, 40, 60);

  private ServedFigures() {}

  static Map<String, Long> periods() {
    Map<String, Long> periods = new LinkedHashMap<>();
    periods.put("30 min", 30L * 60_000);
    periods.put("1 h", 60L * 60_000);
    periods.put("5 h", 300L * 60_000);
    periods.put("1 day", 24L * 60 * 60_000);
    periods.put("never", Long.MAX_VALUE);
    return periods;
  }

  /** Hours of each period but the endless one. */
  static Map<String, Double> hours() {
    Map<String, Double> hours = new LinkedHashMap<>();
    periods()
        .forEach(
            (name, ms) -> {
              if (ms < Long.MAX_VALUE) {
                hours.put(name, ms / 3.6e6);
              }
            });
    return hours;
  }

  /** The job on criteo-80k. */
  static JobConfig job() throws IOException {
    return LabJobs.parse(LabJobs.with(LabJobs.criteo(), ARMS));
  }

  /** Scores by sync period, of criteo-80k as made-up days and of the preset drift. */
  static Results sync() throws IOException {
    Results results = new Results("data", "seed", "arm", "rule", "day", "auc", "ne");
    JobConfig job = job();
    LabStream criteo = criteo(job);
    JobConfig demo = LabJobs.parse(LabJobs.with(LabJobs.demo(), ARMS));
    for (long seed : SEEDS) {
      add(
          results,
          "criteo-80k",
          seed,
          ServedScores.bySync(job.spec(), criteo, seed, BEFORE, periods()));
      LabStream drift = LabStream.generate(demo.spec(), GeneratorOptions.drift(), seed);
      add(results, "drift", seed, ServedScores.bySync(demo.spec(), drift, seed, BEFORE, periods()));
    }
    return results;
  }

  /** Scores by age of the model, of criteo-80k as made-up days and of the preset demo. */
  static Results age() throws IOException {
    Results results = new Results("data", "seed", "arm", "rule", "day", "auc", "ne");
    JobConfig job = job();
    LabStream criteo = criteo(job);
    JobConfig demo = LabJobs.parse(LabJobs.with(LabJobs.demo(), ARMS));
    for (long seed : SEEDS) {
      add(results, "criteo-80k", seed, byAge(job, criteo, seed));
      LabStream drift = LabStream.generate(demo.spec(), GeneratorOptions.demo(), seed);
      add(results, "demo", seed, byAge(demo, drift, seed));
    }
    return results;
  }

  private static List<ServedScores.Line> byAge(JobConfig job, LabStream stream, long seed) {
    int step = stream.perDay() / PER_DAY;
    Map<String, Integer> ages = new LinkedHashMap<>();
    AGES.forEach(age -> ages.put(Integer.toString(age), age * step));
    return ServedScores.byAge(job.spec(), stream, seed, BEFORE, step, ages);
  }

  /** The log criteo-80k. */
  static EventInput log() {
    return EventInput.of(SharedData.find("data/criteo-80k/events.csv.gz"));
  }

  static LabStream criteo(JobConfig job) throws IOException {
    return LabStream.read(job, log(), 10_000);
  }

  private static void add(Results to, String data, long seed, List<ServedScores.Line> lines) {
    for (ServedScores.Line line : lines) {
      to.add(
          data,
          seed,
          line.arm(),
          line.rule(),
          line.day(),
          line.metrics().auc(),
          line.metrics().ne());
    }
  }
}
