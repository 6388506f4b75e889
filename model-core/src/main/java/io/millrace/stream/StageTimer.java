package io.millrace.stream;

import io.millrace.spec.ArmSpec;

/** Told which part of the loop runs, so that a caller with a clock can say where time went. */
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
  StageTimer NONE =
      new StageTimer() {
        @Override
        public void enter(String part) {}

        @Override
        public void leave() {}
      };

  /** The student of one arm. */
  static String student(ArmSpec arm) {
    return "student-" + arm.name();
  }

  /** {@code part} runs from now on. */
  void enter(String part);

  /** No part runs from now on. */
  void leave();
}
