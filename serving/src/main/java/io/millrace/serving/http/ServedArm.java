package io.millrace.serving.http;

import io.millrace.event.Schema;
import io.millrace.serving.ColumnWatch;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.Scorer;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An arm that a server scores with: its model, and the columns its events have. Thread-safe. */
final class ServedArm implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ServedArm.class);

  private final String folderName;
  private final ModelFollower follower;
  private ColumnWatch watch;

  /**
   * An arm.
   *
   * @param folder its folder, named as the arm until a version says its name
   * @param follower its model; closed with this
   */
  ServedArm(Path folder, ModelFollower follower) {
    this.folderName = folder.getFileName().toString();
    this.follower = follower;
  }

  /** The arm's name. */
  String name() {
    return current().map(s -> s.model().manifest().origin().arm()).orElse(folderName);
  }

  /** Name of its folder. */
  String folderName() {
    return folderName;
  }

  /** The model to score with; empty until the first version is there. */
  Optional<Scorer> current() {
    return follower.current();
  }

  /** What loads its model. */
  ModelFollower follower() {
    return follower;
  }

  /** The watch of a schema; versions of one arm share it, as their schema is the same. */
  synchronized ColumnWatch watch(Schema schema) {
    if (watch == null || !watch.schema().equals(schema)) {
      watch = new ColumnWatch(schema, "", LOG::warn);
    }
    return watch;
  }

  /** The watch in use; empty before the first request. */
  synchronized Optional<ColumnWatch> watch() {
    if (watch == null) {
      current().ifPresent(s -> watch(s.model().model().schema()));
    }
    return Optional.ofNullable(watch);
  }

  /** Reports columns that no event had, if that has not been done. */
  synchronized void reportColumns() {
    if (watch != null) {
      watch.end();
    }
  }

  @Override
  public void close() {
    follower.close();
  }
}
