package io.millrace.tests.lab;

import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.GeneratorOptions.Change;
import io.millrace.jobfile.JobConfig;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions.When;
import io.millrace.tests.lab.loop.LabStream;
import io.millrace.tests.lab.loop.MapSwitches;
import io.millrace.tests.lab.loop.Recovery;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What a sudden change of the world, or of the maps, costs, and for how long. */
final class ChangeFigures {

  /** The day of the change, from 0. */
  static final int DAY = 4;

  static final List<Change> CHANGES =
      List.of(
          new Change(Change.Kind.TASTES, DAY, .5),
          new Change(Change.Kind.SWAP, DAY, .5),
          new Change(Change.Kind.BIRTHS, DAY, .1));

  private static final List<String> ARMS =
      List.of(
          "name: full, hash: full",
          "name: linear, hash: none, bytes: 10%",
          "name: modulo, hash: modulo, bytes: 10%",
          "name: two-level, hash: two-level, bytes: 10%",
          "name: two-level-twice, hash: two-level, bytes: 10%, student: {table: {lr: 0.2}}",
          "name: two-level-adam, hash: two-level, bytes: 10%, student: {table: {rule: adam, lr:"
              + " 0.005}}");

  private static final List<String> MAPPED =
      List.of(
          "name: two-level, hash: two-level, bytes: 10%",
          "name: learned, hash: learned, bytes: 10%");

  private ChangeFigures() {}

  static JobConfig recoveryJob() throws IOException {
    return LabJobs.parse(LabJobs.with(LabJobs.demo(), ARMS));
  }

  /** The job of switches on criteo-80k. */
  static JobConfig switchJob() throws IOException {
    return LabJobs.parse(LabJobs.with(LabJobs.criteo() + "drift: {parts: 40}\n\n", MAPPED));
  }

  /** Divergence from the true click probabilities by world, arm and block of events. */
  static Results recovery() throws IOException {
    Results results = new Results("world", "seed", "arm", "block", "divergence");
    JobSpec windows = recoveryJob().spec();
    JobSpec both =
        Recovery.with(
            LabJobs.parse(
                    LabJobs.with(
                        LabJobs.demo(),
                        List.of("name: two-level-refresh, hash: two-level, bytes: 10%")))
                .spec(),
            When.BOTH);
    for (long seed : ServedFigures.SEEDS) {
      for (Change change : CHANGES) {
        LabStream stream = LabStream.generate(windows, Recovery.world(change), seed);
        for (JobSpec job : List.of(windows, both)) {
          add(results, change.kind().name(), seed, Recovery.divergence(job, stream, seed));
        }
      }
    }
    return results;
  }

  private static void add(Results to, String world, long seed, Map<String, double[]> divergence) {
    divergence.forEach(
        (arm, blocks) -> {
          for (int b = 2 * 30_000 / Recovery.BLOCK; b < blocks.length; b++) {
            to.add(world, seed, arm, b, blocks[b]);
          }
        });
  }

  /** Log loss by log, arm, what a copy loses at each switch, and sub-window. */
  static Results switches() throws IOException {
    Results results = new Results("data", "seed", "arm", "loses", "part", "loss");
    JobConfig criteo = switchJob();
    JobConfig alone =
        LabJobs.parse(
            LabJobs.with(LabJobs.alone(LabJobs.criteo()) + "drift: {parts: 40}\n\n", MAPPED));
    LabStream log = ServedFigures.criteo(criteo);
    JobConfig demo =
        LabJobs.parse(LabJobs.with(LabJobs.demo() + "drift: {parts: 120}\n\n", MAPPED));
    for (long seed : ServedFigures.SEEDS) {
      LabStream stream = LabStream.generate(demo.spec(), GeneratorOptions.demo(), seed);
      add(results, "criteo-80k", seed, criteo, log);
      add(results, "criteo-80k without linear part", seed, alone, log);
      add(results, "demo", seed, demo, stream);
    }
    return results;
  }

  private static void add(Results to, String data, long seed, JobConfig job, LabStream stream) {
    MapSwitches.losses(job.spec(), stream, seed)
        .forEach(
            (arm, copies) ->
                copies.forEach(
                    (loses, losses) -> {
                      for (int part = 0; part < losses.length; part++) {
                        to.add(data, seed, arm, loses, part, losses[part]);
                      }
                    }));
  }
}
