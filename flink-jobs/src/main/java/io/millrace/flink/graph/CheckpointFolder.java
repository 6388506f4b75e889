package io.millrace.flink.graph;

import io.millrace.flink.store.Stores;
import io.millrace.jobfile.ConfigException;
import io.millrace.jobfile.RunOptions;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;

/**
 * Where a job keeps its checkpoints.
 *
 * @param place a path, or a URI of a file system that Flink knows
 * @param used whether checkpoints are taken at all
 */
public record CheckpointFolder(String place, boolean used) {

  private static final Pattern SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*:/.*");

  /** Too large to be stored within a directory entry, so that a write to a full disk fails. */
  private static final int PROBE_BYTES = 1 << 14;

  /** The folder that the job file names, or else {@code checkpoints} in the run directory. */
  public static CheckpointFolder of(RunOptions run, String runDir) {
    String dir = run.checkpointDir();
    return new CheckpointFolder(
        dir.isEmpty() ? Stores.below(runDir, "checkpoints") : dir,
        !run.checkpointInterval().isZero());
  }

  /**
   * A place in the form that Flink needs: with a scheme, and without the escapes of a URI, which
   * Flink would read as characters of the path.
   */
  static String uri(String place) {
    return SCHEME.matcher(place).matches() ? place : "file://" + Path.of(place).toAbsolutePath();
  }

  /** The place in the form that Flink needs. */
  String uri() {
    return uri(place);
  }

  /** Where savepoints go, in the form that Flink needs. */
  public String savepoints() {
    return uri() + "/savepoints";
  }

  /**
   * Makes the folder.
   *
   * @throws ConfigException if nothing can be written there
   */
  public void check() {
    problem()
        .ifPresent(
            problem -> {
              throw new ConfigException(problem);
            });
  }

  /** Why no checkpoint can be written there now, in one line, or empty. */
  public Optional<String> problem() {
    if (!used) {
      return Optional.empty();
    }
    try {
      var folder = new org.apache.flink.core.fs.Path(uri());
      FileSystem files = folder.getFileSystem();
      if (!files.mkdirs(folder)) {
        return problem("it cannot be made");
      }
      var probe = new org.apache.flink.core.fs.Path(folder, ".probe-" + UUID.randomUUID());
      try (FSDataOutputStream out = files.create(probe, FileSystem.WriteMode.NO_OVERWRITE)) {
        out.write(new byte[PROBE_BYTES]);
      } finally {
        files.delete(probe, false);
      }
      return Optional.empty();
    } catch (FileAlreadyExistsException e) {
      return problem(e.getMessage() + " is a file");
    } catch (IOException | IllegalArgumentException e) {
      return problem(String.valueOf(e.getMessage()));
    }
  }

  /** Whether a job has left a checkpoint there. */
  public boolean holdsAny() {
    if (!used) {
      return false;
    }
    try {
      var folder = new org.apache.flink.core.fs.Path(uri());
      for (FileStatus job : folder.getFileSystem().listStatus(folder)) {
        for (FileStatus entry : folder.getFileSystem().listStatus(job.getPath())) {
          if (entry.getPath().getName().startsWith("chk-")) {
            return true;
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      return false; // a job cannot continue from what cannot be listed
    }
    return false;
  }

  private Optional<String> problem(String why) {
    return Optional.of("checkpoints.dir '" + place + "' cannot be written: " + why);
  }
}
