package io.millrace.runs;

import io.millrace.snapshot.Origin;
import io.millrace.student.Student;
import java.io.IOException;
import java.io.Serializable;
import java.util.Optional;

/** Publishes the models of students. */
@FunctionalInterface
public interface ModelPublisher extends Serializable {

  /**
   * Copies a student's current model, as version {@code arm.modelVersion()}; nothing is written
   * yet.
   *
   * @param window the last window that has closed, or null before the first
   */
  Publication prepare(Student arm, Origin.ClosedWindow window);

  /**
   * The same after a restart, when the version may have been written already; a version that exists
   * stays as it is.
   */
  default Publication resume(Student arm, Origin.ClosedWindow window) {
    return prepare(arm, window);
  }

  /**
   * Number of the newest version that any run of this student has written; 0 for none.
   *
   * @throws IOException if where versions are written cannot be read
   */
  default long newest(Student arm) throws IOException {
    return 0;
  }

  /**
   * Largest epoch of the versions that runs of this student have written and that are still there;
   * 0 for none.
   *
   * @throws IOException as in {@link #newest}
   */
  default long newestEpoch(Student arm) throws IOException {
    return 0;
  }

  /**
   * A version with nothing left to write.
   *
   * @param announcement one line of JSON, or empty for none
   */
  record Written(long version, Optional<String> announcement) implements Publication {
    @Override
    public Optional<String> write() {
      return announcement;
    }
  }
}
