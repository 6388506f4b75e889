package io.millrace.replica;

import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.ReplicaRules;
import io.millrace.time.DurationText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How many events the replicas of a job learn between two exchanges of a given stream. */
public final class ExchangeAdvice {

  /** Events of a replica between two exchanges; docs/scaling.md has what more and fewer cost. */
  private static final int GOOD = 1_000;

  /** A proposal is made where the events are so many times more or fewer. */
  private static final double FAR = 1.5;

  private ExchangeAdvice() {}

  /**
   * A line for each arm; none where no arm has several replicas.
   *
   * @param events of a sample of the stream
   * @param spanMs event time between its first and its last event, ms
   */
  public static List<String> lines(JobSpec job, long events, long spanMs) {
    List<String> lines = new ArrayList<>();
    if (spanMs > 0 && job.arms().stream().anyMatch(arm -> arm.replicas() > 1)) {
      job.arms().forEach(arm -> lines.add(line(job, arm, (double) events / spanMs)));
    }
    return lines;
  }

  private static String line(JobSpec job, ArmSpec arm, double eventsPerMs) {
    if (arm.replicas() == 1) {
      String obstacle = ReplicaRules.obstacle(arm.hash(), arm.table());
      return "arm %-20s 1 replica%s"
          .formatted(arm.name(), obstacle.isEmpty() ? "" : ", the most with " + obstacle);
    }
    long exchange = job.student().replicas().exchangeMs();
    double rate = eventsPerMs / arm.replicas();
    String line =
        String.format(
            Locale.ROOT,
            "arm %-20s %d replicas, about %,d events of each between two exchanges",
            arm.name(),
            arm.replicas(),
            Math.round(rate * exchange));
    long better = exchange(job, GOOD / rate);
    double ratio = rate * exchange / GOOD;
    return better == exchange || (ratio < FAR && ratio > 1 / FAR)
        ? line
        : String.format(
            Locale.ROOT,
            "%s; student.exchange: %s gives about %,d",
            line,
            DurationText.of(better),
            Math.round(rate * better));
  }

  /** A length near the wanted one, in whole units, that divides what exchanges must divide. */
  private static long exchange(JobSpec job, double wantedMs) {
    long whole = ReplicaRules.longestExchangeMs(job);
    if (wantedMs >= whole) {
      return whole;
    }
    long unit =
        DurationText.UNITS_MS.stream()
            .mapToLong(Long::longValue)
            .filter(ms -> whole % ms == 0 && ms <= wantedMs / 2)
            .findFirst()
            .orElse(1);
    long near = Math.max(1, Math.round(wantedMs / unit));
    for (long d = 0; ; d++) {
      for (long k : new long[] {near - d, near + d}) {
        if (k > 0 && whole % (k * unit) == 0) {
          return k * unit;
        }
      }
    }
  }
}
