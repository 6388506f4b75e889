package io.millrace.watch;

import io.millrace.spec.DriftOptions;
import java.time.Instant;
import java.util.Locale;

/**
 * A change that a detector has found in a watched stream of values.
 *
 * @param time end of the sub-window in which it was found, ms
 * @param stream kind of stream
 * @param field name of the stream's field, null if it has none
 * @param arm name of the stream's student, null if it has none
 * @param detector the detector that has found it
 * @param seed root seed of the run
 * @param value the stream's value in that sub-window
 * @param before mean of the values before
 */
public record AlertLine(
    long time,
    DriftOptions.Stream stream,
    String field,
    String arm,
    DriftOptions.Detector detector,
    long seed,
    double value,
    double before) {

  /** The stream: {@code new_traffic/C1}, {@code ne/ARM}, {@code label_rate}. */
  String source() {
    String of = field == null ? arm : field;
    return of == null ? stream.key() : stream.key() + "/" + of;
  }

  /** The message with the seed. */
  public String text() {
    return "seed " + seed + ": " + message();
  }

  /** One plain sentence. */
  public String message() {
    String what =
        switch (stream) {
          case NEW_TRAFFIC -> "the share of accesses of new ids of field " + field;
          case PSI -> "the drift of id frequencies (PSI) of field " + field;
          case LOSS -> "the log loss of arm " + arm;
          case NE -> "the normalised entropy of arm " + arm;
          case LABEL_RATE -> "the share of clicks";
          case TEACHER_NE -> "the normalised entropy of the teacher";
        };
    return String.format(
        Locale.ROOT,
        "%s %s from %.4g to %.4g at %s (%s)",
        what,
        value > before ? "rose" : "fell",
        before,
        value,
        Instant.ofEpochMilli(time),
        detector.key());
  }
}
