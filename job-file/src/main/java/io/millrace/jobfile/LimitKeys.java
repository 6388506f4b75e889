package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.duration;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.optionalDuration;

import io.millrace.event.EventLimits;
import io.millrace.event.WindowSpec;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;

/** Keys of the section {@code limits}: what a record may not exceed. */
final class LimitKeys {

  static final Keys KEYS = new Keys("limits");

  private static final ConfigKey<Integer> MAX_RECORD_BYTES =
      KEYS.key("max_record_bytes", "262144", integer(64, 64 << 20, "bytes"))
          .doc("greatest length of a record; longer records are rejected as too_large");

  private static final ConfigKey<Integer> MAX_IDS_PER_FIELD =
      KEYS.key("max_ids_per_field", "1000", integer(1, Integer.MAX_VALUE, "ids"))
          .doc("greatest number of values in one cell");

  private static final ConfigKey<Integer> MIN_YEAR =
      KEYS.key("min_year", "1990", integer(1, 9999))
          .doc(
              "first year of event times, UTC; events before it are rejected as time_out_of_range");

  private static final ConfigKey<Integer> MAX_YEAR =
      KEYS.key("max_year", "2099", integer(1, 9999))
          .doc("last year of event times, UTC; events after it are rejected as time_out_of_range");

  private static final ConfigKey<Duration> MAX_AHEAD =
      KEYS.key("max_ahead", "1d", duration(0))
          .doc(
              "how far an event time may be ahead of the time at which Kafka received the event or"
                  + " the file is read; events further ahead would close all windows before them,"
                  + " and are rejected as time_out_of_range; 0s for no limit");

  private static final ConfigKey<Optional<Duration>> MAX_JUMP =
      KEYS.key("max_jump", "", optionalDuration())
          .doc(
              "how far an event may be ahead of the newest event of its partition (a file is one"
                  + " partition), a duration; events further ahead wait until 20 more, or 1 % of the"
                  + " last window's events (at most 2048) if that is more, lie within max_jump of them,"
                  + " or in a job without end until nothing else came for a minute; those that stay"
                  + " alone are rejected as time_ahead_of_stream; the first 20 events of a partition"
                  + " wait for each other, in a job without end for at most 5 s; 0s for no limit;"
                  + " empty for two windows (2 x windows.size)");

  private LimitKeys() {}

  static EventLimits read(ConfigSection in) {
    int bytes = in.get(MAX_RECORD_BYTES);
    int ids = in.get(MAX_IDS_PER_FIELD);
    int first = in.get(MIN_YEAR);
    int last = in.get(MAX_YEAR);
    if (last < first) {
      throw in.error(MAX_YEAR, "must be >= min_year (" + first + ")");
    }
    long ahead = in.get(MAX_AHEAD).toMillis();
    return in.checked(() -> new EventLimits(bytes, ids, year(first), year(last + 1), ahead));
  }

  /** The limit of jumps in event time, ms: what is set, or two windows. */
  static long maxJumpMs(ConfigSection in, WindowSpec windows) {
    long jump = in.get(MAX_JUMP).map(Duration::toMillis).orElse(2 * windows.sizeMs());
    if (jump < 0) {
      throw in.error(MAX_JUMP, "must be >= 0s");
    }
    return jump;
  }

  private static long year(int year) {
    return LocalDate.of(year, 1, 1).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
  }
}
