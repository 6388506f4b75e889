package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.duration;
import static io.millrace.jobfile.Kind.optionalDuration;

import io.millrace.event.WindowSpec;
import io.millrace.time.LateGate;
import java.time.Duration;
import java.util.Optional;

/** Keys of the section {@code windows}: event-time windows, and what happens to late events. */
final class WindowKeys {

  static final Keys KEYS = new Keys("windows");

  private static final ConfigKey<Duration> SIZE =
      KEYS.key("size", "1d", duration(1))
          .doc("length of a window in event time; a multiple of slide");

  private static final ConfigKey<Optional<Duration>> SLIDE =
      KEYS.key("slide", "", optionalDuration())
          .doc(
              "time from the start of a window to the start of the next, a duration; empty for tumbling windows");

  private static final ConfigKey<Duration> OFFSET =
      KEYS.key("offset", "0s", duration())
          .doc("shift of the start of all windows relative to 1970-01-01T00:00:00Z");

  private static final ConfigKey<Duration> LATENESS =
      KEYS.key("lateness", "0s", duration(0))
          .doc("how far the watermark stays behind the newest event");

  static final ConfigKey<LateGate.Policy> LATE =
      KEYS.key("late", "train", choice(LateGate.Policy.class))
          .doc(
              "what happens to late events: train learns from them without counting or scoring"
                  + " them, drop discards them");

  private WindowKeys() {}

  static WindowSpec read(ConfigSection in) {
    long size = in.get(SIZE).toMillis();
    long slide = in.get(SLIDE).map(Duration::toMillis).orElse(size);
    long offset = in.get(OFFSET).toMillis();
    long lateness = in.get(LATENESS).toMillis();
    return in.checked(() -> new WindowSpec(size, slide, offset, lateness));
  }
}
