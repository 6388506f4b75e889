package io.millrace.replica;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.Schema;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How busy a student with several replicas is: it alone deals all events, and merges what all
 * replicas have changed. With {@code R} events a second, {@code P} replicas, an exchange every
 * {@code T} seconds, {@code F} fields, of which field {@code f} has {@code I_f} ids, rows of {@code
 * d} weights and {@code D} dense parameters:
 *
 * <pre>
 * cores = R F e + P / T (sum_f min(R T / P, I_f) (d + 1) + D) c
 * </pre>
 *
 * <p>{@code e} and {@code c} were measured; docs/scaling.md says how. Where ids share rows, and in
 * an interval in which ids repeat, it takes less.
 */
public final class OwnerLoad {

  /** Seconds to take, order, deal and write one field of an event. */
  private static final double SECONDS_A_FIELD = .25e-6;

  /** Seconds to read, merge and give back one float of a replica's change. */
  private static final double SECONDS_A_FLOAT = 10e-9;

  /** Beyond it a burst or a slower machine has no room left. */
  private static final double MOST_CORES = .5;

  private OwnerLoad() {}

  /**
   * A warning for each arm whose student would take more than half a core.
   *
   * @param events of a sample of the stream
   * @param spanMs event time between its first and its last event, ms
   */
  public static List<String> warnings(JobSpec job, long events, long spanMs) {
    List<String> warnings = new ArrayList<>();
    for (ArmSpec arm : job.arms()) {
      if (arm.replicas() > 1 && spanMs > 0) {
        warning(job, arm, 1e3 * events / spanMs).ifPresent(warnings::add);
      }
    }
    return warnings;
  }

  private static Optional<String> warning(JobSpec job, ArmSpec arm, double rate) {
    double cores = cores(job, arm, arm.replicas(), rate);
    if (cores <= MOST_CORES) {
      return Optional.empty();
    }
    String load =
        String.format(
            Locale.ROOT,
            "the student of arm %s takes about %.1f cores for its %d replicas at the %,.0f events a second of this sample, more than half a core",
            arm.name(),
            cores,
            arm.replicas(),
            rate);
    String rule =
        IntStream.iterate(arm.replicas() - 1, p -> p >= 2, p -> p - 1)
            .filter(p -> cores(job, arm, p, rate) <= MOST_CORES)
            .mapToObj(p -> "arms[].replicas must be <= %d, or student.exchange longer".formatted(p))
            .findFirst()
            .orElse("fewer replicas take as much, as it deals every event itself");
    return Optional.of(load + ": " + rule + "; see docs/scaling.md");
  }

  /** Share of a core, above 1 for several. */
  static double cores(JobSpec job, ArmSpec arm, int replicas, double eventsPerSecond) {
    Schema schema = job.schema();
    double seconds = job.student().replicas().exchangeMs() / 1e3;
    double each = eventsPerSecond * seconds / replicas;
    int row = arm.learner().trainer().dim() + 1;
    double floats = denseParameters(schema, arm.learner().trainer());
    for (int f = 0; f < schema.fields().size(); f++) {
      floats += row * Math.min(each, (double) schema.fields().get(f).expectedIds());
    }
    return eventsPerSecond * schema.fields().size() * SECONDS_A_FIELD
        + replicas / seconds * floats * SECONDS_A_FLOAT;
  }

  /** Weights and biases of both MLPs. */
  private static double denseParameters(Schema schema, TrainerOptions trainer) {
    int vectors = schema.fields().size() + 1;
    int pairs = vectors * (vectors - 1) / 2;
    return parameters(schema.dense().size(), trainer.bottom(), trainer.dim())
        + parameters(trainer.dim() + pairs, trainer.top(), 1);
  }

  private static double parameters(int in, List<Integer> hidden, int out) {
    List<Integer> layers = Stream.concat(hidden.stream(), Stream.of(out)).toList();
    double parameters = 0;
    int width = in;
    for (int layer : layers) {
      parameters += (width + 1.0) * layer;
      width = layer;
    }
    return parameters;
  }
}
