package io.millrace.stream;

/** Told which part of the loop runs, so that a caller with a clock can say where time went. */
public interface PartTimer {

  /** The parts of the loop. */
  enum Part {
    COUNTS,
    TEACHER,
    MAPS,
    STUDENTS
  }

  /** Times nothing. */
  PartTimer NONE =
      new PartTimer() {
        @Override
        public void enter(Part part) {}

        @Override
        public void leave() {}
      };

  /** {@code part} runs from now on. */
  void enter(Part part);

  /** No part runs from now on. */
  void leave();
}
