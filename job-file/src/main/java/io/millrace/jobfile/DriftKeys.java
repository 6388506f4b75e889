package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.anyOf;
import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.positive;
import static io.millrace.jobfile.Kind.url;

import io.millrace.spec.DriftOptions;
import io.millrace.spec.DriftOptions.Detector;
import io.millrace.spec.DriftOptions.Stream;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Keys of the section {@code drift}: what is watched for change, and who is alerted. */
final class DriftKeys {

  static final Keys KEYS = new Keys("drift");

  static final ConfigKey<String> FLOOR =
      KEYS.key("floor", "off", choice("second-teacher", "off"))
          .doc(
              "whether a second teacher with another seed measures how much maps differ without"
                  + " drift; costs as much as the teacher");

  private static final ConfigKey<Integer> PARTS =
      KEYS.key("parts", "24", integer(1, 86_400, "sub-windows"))
          .doc(
              "number of equal sub-windows of a pane, which is a window, or the slide of sliding"
                  + " windows; values are watched at the end of each sub-window");

  private static final ConfigKey<Integer> WARM_UP =
      KEYS.key("warm_up", "2", integer(0, 1000, "windows"))
          .doc(
              "number of first windows without alerts, as falling loss and new ids are expected in"
                  + " them");

  private static final ConfigKey<Integer> COOL_DOWN =
      KEYS.key("cool_down", "12", integer(0, 86_400, "sub-windows"))
          .doc("time after an alert in which the same stream raises no other alert");

  private static final ConfigKey<Double> THRESHOLD =
      KEYS.key("threshold", "8", positive())
          .doc(
              "sum of z-scores, each reduced by 1, at which page-hinkley detects a change; larger"
                  + " values cause fewer false alarms and longer delays");

  static final ConfigKey<String> WEBHOOK =
      KEYS.key("webhook", "", url())
          .doc(
              "URL to which run and demo post each alert as JSON, in addition to its topic; an"
                  + " alert may be posted again after a failure of the job, and not at all if the URL"
                  + " does not respond; empty for none");

  private static final Map<Stream, ConfigKey<List<Detector>>> DETECTORS =
      new EnumMap<>(Stream.class);

  static {
    detectors(Stream.NEW_TRAFFIC, "each field's share of accesses by new ids");
    detectors(Stream.PSI, "the drift of each field's id frequencies");
    detectors(Stream.LOSS, "the log loss of each arm");
    detectors(Stream.NE, "the normalised entropy of each arm");
    detectors(Stream.LABEL_RATE, "the share of clicks");
    detectors(Stream.TEACHER_NE, "the normalised entropy of the teacher");
  }

  private DriftKeys() {}

  private static void detectors(Stream stream, String watched) {
    DETECTORS.put(
        stream,
        KEYS.key(stream.key(), "[page-hinkley]", anyOf(Detector.class))
            .doc(
                "detectors that watch "
                    + watched
                    + ", any of "
                    + String.join(", ", Kind.texts(Detector.class))
                    + "; empty to measure it only"));
  }

  static DriftOptions read(ConfigSection in) {
    Map<Stream, List<Detector>> detectors = new EnumMap<>(Stream.class);
    DETECTORS.forEach((stream, key) -> detectors.put(stream, in.get(key)));
    return in.checked(
        () ->
            new DriftOptions(
                in.get(PARTS), in.get(WARM_UP), in.get(COOL_DOWN), in.get(THRESHOLD), detectors));
  }
}
