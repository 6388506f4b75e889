package io.millrace.flink.graph;

import java.io.DataInputStream;
import java.io.IOException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;

/**
 * A savepoint or retained checkpoint that a job goes on from: a folder that holds a file {@code
 * _metadata}, or that file.
 *
 * @param place a path, or a URI of a file system that Flink knows
 */
public record Savepoint(String place) {

  private static final String METADATA = "_metadata";

  /**
   * Reads what the savepoint says of itself.
   *
   * @throws IllegalArgumentException if there is none at the place
   * @throws IOException if it is damaged
   */
  public void check() throws IOException {
    Path metadata = metadata();
    try (DataInputStream in = new DataInputStream(metadata.getFileSystem().open(metadata))) {
      Checkpoints.loadCheckpointMetadata(in, Savepoint.class.getClassLoader(), place);
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          "--from '" + place + "' is damaged, " + metadata + " cannot be read: " + e.getMessage(),
          e);
    }
  }

  private Path metadata() {
    try {
      Path given = new Path(CheckpointFolder.uri(place));
      FileSystem files = given.getFileSystem();
      if (files.exists(given) && !files.getFileStatus(given).isDir()) {
        return given;
      }
      Path inside = new Path(given, METADATA);
      if (files.exists(inside)) {
        return inside;
      }
      throw none(files.exists(given) ? "it holds none" : "it does not exist");
    } catch (IOException e) {
      throw none(e.getMessage());
    }
  }

  private IllegalArgumentException none(String why) {
    return new IllegalArgumentException(
        "--from must be a savepoint or a retained checkpoint, which holds a file "
            + METADATA
            + ", but was '"
            + place
            + "': "
            + why);
  }

  /** Lets a job go on from it; it stays as it is. */
  public void restore(Configuration flink) {
    flink.set(StateRecoveryOptions.SAVEPOINT_PATH, CheckpointFolder.uri(place));
    flink.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.NO_CLAIM);
  }
}
