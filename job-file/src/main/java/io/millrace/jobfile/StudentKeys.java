package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.optionalDuration;

import io.millrace.spec.LearnerOptions;
import io.millrace.spec.MapWaiting;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.time.LearningOrder;
import java.time.Duration;
import java.util.Optional;

/** Keys of the section {@code student}: what all arms share. */
final class StudentKeys {

  static final Keys KEYS = new Keys("student");

  private static final LearnerKeys LEARNER = new LearnerKeys(KEYS);

  private static final String UNTIL_LIVE = "until-live";

  private static final ConfigKey<String> WAIT_FOR_MAPS =
      KEYS.key("wait_for_maps", "true", choice("true", "false", UNTIL_LIVE))
          .doc(
              "whether the events of a window wait for the map that is due: true for replays; false"
                  + " to use the newest map available; until-live for live streams: the events that"
                  + " the topic holds when the job first starts wait, and once they are read, later"
                  + " ones use the newest map (`train`, `demo` and files: as true)");

  private static final ConfigKey<LearningOrder> ORDER =
      KEYS.key("order", "event-time", choice(LearningOrder.class))
          .doc(
              "order in which teachers and students take events: `event-time`, ascending by time"
                  + " and, where times are equal, by a hash of the event, each held until the"
                  + " watermark reaches it; or `arrival`, as they are delivered");

  private static final ConfigKey<Integer> MAX_HELD =
      KEYS.key("max_held", "100000", integer(0, Integer.MAX_VALUE, "events"))
          .doc(
              "upper bound on the events held until the watermark reaches them, beyond which the"
                  + " earliest is learned early, and on the events held back while a map is built");

  private static final ConfigKey<Integer> MAX_IDS =
      KEYS.key("max_ids", "10000000", integer(1, Integer.MAX_VALUE, "ids"))
          .doc("upper bound on the ids of an uncompressed table");

  private static final ConfigKey<Integer> REGRET_EVENTS =
      KEYS.key("regret_events", "2000", integer(0, Integer.MAX_VALUE, "events"))
          .doc(
              "number of events over which a student with new maps is compared with its shadow, a"
                  + " copy that keeps the old maps; at most a twentieth of the previous window's"
                  + " events; 0 for no comparison");

  private static final ConfigKey<Integer> REGRET_MEMORY_MB =
      KEYS.key("regret_memory_mb", "256", integer(0, Integer.MAX_VALUE, "MB"))
          .doc("upper bound on the memory of a shadow; a larger student is not compared");

  private static final ConfigKey<Optional<Duration>> EXCHANGE =
      KEYS.key("exchange", "", optionalDuration())
          .doc(
              "event time after which the replicas of a student exchange what they have learned, in"
                  + " arms with several; it must divide `windows.slide` or, where maps are built"
                  + " within windows, that divided by `drift.parts`; best at about 1,000 events a"
                  + " replica, see [scaling](scaling.md)");

  private static final ConfigKey<Integer> STALENESS =
      KEYS.key("staleness", "1", integer(0, ReplicaOptions.MAX_STALENESS, "intervals"))
          .doc(
              "number of intervals of exchange by which replicas get what others have learned later"
                  + " than at the interval's end; at 0 they wait for each other there");

  private static final ConfigKey<Integer> ALONE_WINDOWS =
      KEYS.key("alone_windows", "1", integer(0, Integer.MAX_VALUE, "windows"))
          .doc(
              "number of first windows with events that a student with several replicas learns in"
                  + " one place, as a young model loses most by late exchanges");

  private StudentKeys() {}

  static StudentOptions read(ConfigSection in) {
    LearnerOptions learner = LEARNER.read(in, null);
    return in.checked(
        () ->
            new StudentOptions(
                learner,
                waiting(in.get(WAIT_FOR_MAPS)),
                in.get(ORDER),
                in.get(MAX_HELD),
                in.get(MAX_IDS),
                in.get(REGRET_EVENTS),
                in.get(REGRET_MEMORY_MB),
                replicas(in)));
  }

  private static MapWaiting waiting(String text) {
    return switch (text) {
      case "true" -> MapWaiting.ALWAYS;
      case UNTIL_LIVE -> MapWaiting.UNTIL_LIVE;
      default -> MapWaiting.NEVER;
    };
  }

  private static ReplicaOptions replicas(ConfigSection in) {
    Optional<Duration> exchange = in.get(EXCHANGE);
    if (exchange.filter(each -> each.toMillis() < 1).isPresent()) {
      throw in.error(EXCHANGE, "must be >= 1 ms");
    }
    long exchangeMs = exchange.map(Duration::toMillis).orElse(0L);
    return new ReplicaOptions(exchangeMs, in.get(STALENESS), in.get(ALONE_WINDOWS));
  }
}
