package io.millrace.maps;

import io.millrace.event.CategoricalField;
import io.millrace.linear.LinearOptions;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.JobSpec;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many weights the linear part of an arm has, and what it leaves to the tables.
 *
 * <p>Its share is one of the arm's bytes. A budget in bytes covers the linear part: tables and maps
 * get the rest. Beside a budget in rows, or a row for each id, the linear part is added to the
 * rows. It has at most {@value #MOST_PER_ID} weights for each expected id of the schema, as more
 * hardly share any; then tables get the rest again. An arm that is nothing but a linear part has
 * all bytes; a budget that is a share gives it also those of the fields that are not compressed, so
 * that it has as many bytes as other arms of that share.
 */
public final class LinearSize {

  private static final int MOST_PER_ID = 4;
  private static final int LEAST_SLOTS = 16;

  private LinearSize() {}

  /**
   * Number of weights without the bias; 0 if the arm has no linear part. It stays as it is where
   * columns are added or dropped.
   */
  public static int slots(JobSpec job, ArmSpec arm) {
    if (job.columns().former() != null) {
      return slots(job.former(), arm);
    }
    LinearOptions linear = arm.learner().linear();
    if (linear.slots() > 0) {
      return linear.slots();
    }
    if (arm.hash() == ArmSpec.Hash.NONE) {
      return slots(bytesAlone(job, arm), linear);
    }
    if (linear.share() == 0) {
      return 0;
    }
    double bytes =
        arm.budget().inBytes() && arm.hash().compresses()
            ? linear.share() * budgetBytes(job, arm)
            : linear.share() / (1 - linear.share()) * rowBytes(job, arm);
    return (int) Math.min(slots(bytes, linear), MOST_PER_ID * expectedIds(job));
  }

  private static int slots(double bytes, LinearOptions linear) {
    long slots = (long) (bytes / linear.served().bytes()) - 1;
    return (int) Math.max(LEAST_SLOTS, Math.min(slots, Integer.MAX_VALUE / 4));
  }

  private static long expectedIds(JobSpec job) {
    return job.schema().fields().stream().mapToLong(CategoricalField::expectedIds).sum();
  }

  /** Share of a budget in bytes that is left to tables and maps, in (0, 1]. */
  static double tableShare(JobSpec job, ArmSpec arm) {
    if (!arm.budget().inBytes() || !arm.hash().compresses()) {
      return 1;
    }
    int slots = slots(job, arm);
    if (slots == 0) {
      return 1;
    }
    long budget = budgetBytes(job, arm);
    long linear = (slots + 1L) * arm.learner().linear().served().bytes();
    if (budget > 0 && linear >= budget) {
      throw new IllegalArgumentException(
          "student.linear.slots must leave bytes to tables: "
              + slots
              + " take "
              + linear
              + " of "
              + budget);
    }
    return budget == 0 ? 1 : 1 - (double) linear / budget;
  }

  /** Bytes that a budget in bytes gives to all compressed fields, linear part included. */
  public static long budgetBytes(JobSpec job, ArmSpec arm) {
    return job.qualifyingFields().stream()
        .mapToLong(f -> arm.budget().of(ids(job, f), job.compressedIds(), job.fullRowBytes()))
        .sum();
  }

  /** Bytes of the rows of all fields as served. */
  private static double rowBytes(JobSpec job, ArmSpec arm) {
    return IntStream.range(0, job.schema().fields().size())
        .mapToDouble(
            f ->
                (double) job.servedRowBytes(arm, f)
                    * (job.compressed(arm, f) ? rows(job, arm, f) : ids(job, f)))
        .sum();
  }

  private static double bytesAlone(JobSpec job, ArmSpec arm) {
    if (arm.budget().unit() == Budget.Unit.BYTES) {
      return arm.budget().amount();
    }
    List<Integer> large = job.qualifyingFields();
    double others =
        IntStream.range(0, job.schema().fields().size())
            .filter(f -> !large.contains(f))
            .mapToDouble(f -> ids(job, f) * (double) (job.servedRowBytes(arm, f) + Long.BYTES))
            .sum();
    return others
        + (arm.budget().inBytes()
            ? budgetBytes(job, arm)
            : large.stream()
                .mapToDouble(f -> job.servedRowBytes(arm, f) * rows(job, arm, f))
                .sum());
  }

  private static double rows(JobSpec job, ArmSpec arm, int f) {
    long budget = arm.budget().of(ids(job, f), job.compressedIds(), job.fullRowBytes());
    return Math.max(arm.leastRows(), Math.min(budget, ids(job, f)));
  }

  private static long ids(JobSpec job, int f) {
    return job.schema().fields().get(f).expectedIds();
  }
}
