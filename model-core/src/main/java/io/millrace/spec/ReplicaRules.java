package io.millrace.spec;

import io.millrace.table.TableOptimizer;
import io.millrace.time.DurationText;
import io.millrace.time.LearningOrder;

/** Which arms may have several replicas, and with which settings of the job. */
public final class ReplicaRules {

  private ReplicaRules() {}

  /**
   * Why an arm has one replica whatever the job asks for; empty if it may have several.
   *
   * @param hash how its ids become rows
   * @param table how its rows are stored
   */
  public static String obstacle(ArmSpec.Hash hash, ArmSpec.Table table) {
    if (hash == ArmSpec.Hash.FULL) {
      return "hash full, whose rows have no bound";
    }
    return table == ArmSpec.Table.PEP ? "table pep, whose thresholds all weights share" : "";
  }

  /**
   * Checks that an arm may have as many replicas as it asks for.
   *
   * @throws IllegalArgumentException naming the setting that does not fit
   */
  public static void check(JobSpec job, ArmSpec arm) {
    if (arm.replicas() == 1) {
      return;
    }
    String obstacle = obstacle(arm.hash(), arm.table());
    if (!obstacle.isEmpty()) {
      throw refused(arm, "with " + obstacle);
    }
    checkExchange(job, arm);
    require(
        job.student().order() == LearningOrder.EVENT_TIME,
        arm,
        "student.order is event-time, by which intervals are cut");
    require(
        arm.learner().trainer().table().rule() != TableOptimizer.Rule.ADAM,
        arm,
        "student.table.rule is rowwise-adagrad, adagrad or sgd, as Adam's steps would add up");
    if (arm.hash().mapped()) {
      checkMapped(job, arm);
    }
  }

  private static void checkMapped(JobSpec job, ArmSpec arm) {
    require(
        job.student().waitForMaps() == MapWaiting.ALWAYS,
        arm,
        "student.wait_for_maps is true, as all must take a map at the same event");
    require(
        job.hash().trial() != HashOptions.Trial.ALWAYS,
        arm,
        "hash.trial is false, as a candidate with new maps would need replicas of its own");
    require(
        job.student().regretEvents() == 0,
        arm,
        "student.regret_events is 0, as replicas cannot be compared with a shadow yet");
  }

  /** Event time that an exchange must divide, ms: no fence lies within. */
  public static long longestExchangeMs(JobSpec job) {
    return job.windows().slideMs() / job.mapGrid().perPane();
  }

  private static void checkExchange(JobSpec job, ArmSpec arm) {
    long exchange = job.student().replicas().exchangeMs();
    require(
        exchange > 0,
        arm,
        "student.exchange is set, such as 1m, after which they exchange what they have learned;"
            + " millrace check then proposes a length for the rate of a log");
    int parts = job.mapGrid().perPane();
    long slide = job.windows().slideMs();
    require(
        slide % (parts * exchange) == 0,
        arm,
        "student.exchange (%s) divides windows.slide (%s)%s, so that no interval crosses %s"
            .formatted(
                DurationText.of(exchange),
                DurationText.of(slide),
                parts == 1 ? "" : " divided by drift.parts (" + parts + ")",
                parts == 1 ? "the end of a window" : "an end at which maps may be built"));
  }

  private static void require(boolean met, ArmSpec arm, String rule) {
    if (!met) {
      throw refused(arm, "unless " + rule);
    }
  }

  private static IllegalArgumentException refused(ArmSpec arm, String why) {
    return new IllegalArgumentException(
        "replicas must be 1 %s, but was %d".formatted(why, arm.replicas()));
  }
}
