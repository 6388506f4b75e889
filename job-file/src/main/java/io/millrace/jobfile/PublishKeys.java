package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.longInteger;
import static io.millrace.jobfile.Range.NO_LIMIT;

import io.millrace.spec.PublishOptions;

/** Keys of the section {@code publish}: when models are published, and how many are kept. */
final class PublishKeys {

  static final Keys KEYS = new Keys("publish");

  private static final ConfigKey<Long> EVERY_EVENTS =
      KEYS.key("every_events", "0", longInteger(0, NO_LIMIT, "events"))
          .doc(
              "number of learned events after which models are published, in addition to each"
                  + " window's end; 0 for never");

  private static final ConfigKey<Integer> EVERY_SECONDS =
      KEYS.key("every_seconds", "0", integer(0, Integer.MAX_VALUE, "s"))
          .doc(
              "number of seconds after which models are published, in addition to each window's"
                  + " end; 0 for never");

  private static final ConfigKey<Integer> KEEP =
      KEYS.key("keep", "3", integer(1, Integer.MAX_VALUE))
          .doc(
              "number of versions kept per arm; while their folder cannot be written, the same"
                  + " number is held in memory");

  private static final ConfigKey<Integer> KEEP_MAPS =
      KEYS.key("keep_maps", "100", integer(1, Integer.MAX_VALUE, "windows"))
          .doc(
              "number of newest windows whose map files are kept, for each field and kind of map;"
                  + " files that the students of a replay may still need are kept too");

  private PublishKeys() {}

  static PublishOptions read(ConfigSection in) {
    return in.checked(
        () ->
            new PublishOptions(
                in.get(EVERY_EVENTS),
                in.get(EVERY_SECONDS),
                in.get(KEEP),
                in.get(KEEP_MAPS),
                GateKeys.read(in.section(GateKeys.KEYS))));
  }
}
