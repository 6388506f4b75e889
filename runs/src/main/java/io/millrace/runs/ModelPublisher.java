package io.millrace.runs;

import io.millrace.snapshot.Origin;
import io.millrace.student.Student;
import java.io.Serializable;
import java.util.Optional;

/** Publishes a student's model. */
@FunctionalInterface
public interface ModelPublisher extends Serializable {

  /**
   * Copies {@code arm.modelVersion()} out of its trainer.
   *
   * @param window the last window that has closed, or null before the first
   */
  Publication prepare(Student arm, Origin.ClosedWindow window);

  /**
   * Resumes {@code arm.modelVersion()} after a restart, when it is not known whether it has been
   * written: what was, stays as it is.
   */
  default Publication resume(Student arm, Origin.ClosedWindow window) {
    return prepare(arm, window);
  }

  /** Publishes nothing. */
  static ModelPublisher none() {
    return (arm, window) -> new Written(arm.modelVersion(), Optional.empty());
  }

  /**
   * A version of which nothing is left to write.
   *
   * @param announcement what there is to say of it
   */
  record Written(long version, Optional<String> announcement) implements Publication {
    @Override
    public Optional<String> write() {
      return announcement;
    }
  }
}
