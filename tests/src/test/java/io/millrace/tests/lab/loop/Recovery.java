package io.millrace.tests.lab.loop;

import io.millrace.event.ClickEvent;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.GeneratorOptions.Change;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far students are from the true click probabilities before and after a sudden change: the
 * Kullback-Leibler divergence of their predictions, nats an event. It is the expected log loss
 * above that of the best possible model, without the noise of the labels.
 */
public final class Recovery {

  /** Events that are predicted by the same parameters. */
  public static final int BLOCK = 250;

  private Recovery() {}

  /** A world without other drift, in which one change comes at the start of a day. */
  public static GeneratorOptions world(Change change) {
    return GeneratorOptions.stationary().withChanges(List.of(change));
  }

  /** The job with maps at windows' ends only, or after changes too. */
  public static JobSpec with(JobSpec job, RefreshOptions.When when) {
    RefreshOptions now = job.hash().refresh();
    RefreshOptions refresh = new RefreshOptions(when, now.delay(), now.gap());
    return job.with(JobSpec::hash, job.hash().with(HashOptions::refresh, refresh));
  }

  /** Divergence by arm and block of events; NaN in the first ones. */
  public static Map<String, double[]> divergence(JobSpec job, LabStream stream, long seed) {
    Students students = new Students(job);
    int blocks = stream.events().size() / BLOCK;
    Map<String, double[]> divergence = new TreeMap<>();
    float[] p = new float[BLOCK];
    try (TrainLoop loop = new TrainLoop(job, seed, students, StageTimer.NONE)) {
      for (int b = 0; b < blocks; b++) {
        int from = b * BLOCK;
        List<ClickEvent> block = stream.events().subList(from, from + BLOCK);
        int now = b;
        students
            .byArm()
            .forEach(
                (arm, student) -> {
                  student.model().score(block, p);
                  divergence.computeIfAbsent(arm, a -> unknown(blocks))[now] =
                      divergence(stream.truth(), from, p);
                });
        block.forEach(loop::onEvent);
      }
      loop.finish();
    }
    return divergence;
  }

  private static double[] unknown(int blocks) {
    double[] none = new double[blocks];
    Arrays.fill(none, Double.NaN);
    return none;
  }

  private static double divergence(float[] truth, int from, float[] p) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      double t = truth[from + i];
      sum += t * Math.log(t / p[i]) + (1 - t) * Math.log((1 - t) / (1 - p[i]));
    }
    return sum / p.length;
  }
}
