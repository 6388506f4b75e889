package io.millrace.stream;

import io.millrace.spec.ArmSpec;

/** Is called when a stage of the loop begins, so that a caller with a clock can time each stage. */
public interface StageTimer {

  /** Reading records and decoding them. */
  String READING = "reading";

  /** Access counts. */
  String COUNTS = "counts";

  /** Teachers. */
  String TEACHER = "teacher";

  /** Clustering, drift, and writing the maps. */
  String MAPS = "maps";

  /** Publishing models. */
  String PUBLISHING = "publishing";

  /** Times nothing. */
  StageTimer NONE = new StageTimer() {};

  /** The student of one arm. */
  static String student(ArmSpec arm) {
    return "student-" + arm.name();
  }

  /** Stage {@code stage} begins, and the one before ends. */
  default void enter(String stage) {}

  /** The stage ends, and none begins. */
  default void leave() {}
}
