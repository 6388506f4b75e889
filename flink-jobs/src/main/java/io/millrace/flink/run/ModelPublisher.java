package io.millrace.flink.run;

import io.millrace.snapshot.Origin;
import io.millrace.stream.ArmStream;
import java.io.IOException;
import java.io.Serializable;
import java.util.Optional;

/** Publishes a student's model. */
@FunctionalInterface
public interface ModelPublisher extends Serializable {

  /**
   * Publishes {@code arm.modelVersion()}; publishing a version again leaves the same files.
   *
   * @param window the last window that has closed, or null before the first
   * @return an announcement, one line of JSON, or nothing
   */
  Optional<String> publish(ArmStream arm, Origin.ClosedWindow window) throws IOException;

  /** Publishes nothing. */
  static ModelPublisher none() {
    return (arm, window) -> Optional.empty();
  }
}
