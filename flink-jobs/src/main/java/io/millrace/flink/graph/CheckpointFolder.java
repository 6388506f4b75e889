package io.millrace.flink.graph;

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

  /** More than a file system keeps in a directory entry, so that a full disk shows. */
  private static final int PROBE_BYTES = 1 << 14;

  /** The folder that the job file names, or else one of the run directory. */
  public static CheckpointFolder of(RunOptions run, Path runDir) {
    String dir = run.checkpointDir();
    return new CheckpointFolder(
        dir.isEmpty() ? runDir.resolve("checkpoints").toString() : dir,
        !run.checkpointInterval().isZero());
  }

  /**
   * A place as Flink wants it: with a scheme, and without the escapes of a URI, which Flink would
   * take for letters of the path.
   */
  static String uri(String place) {
    return SCHEME.matcher(place).matches() ? place : "file://" + Path.of(place).toAbsolutePath();
  }

  /** The place as Flink wants it. */
  String uri() {
    return uri(place);
  }

  /** Where savepoints go, as Flink wants it. */
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
        for (FileStatus part : folder.getFileSystem().listStatus(job.getPath())) {
          if (part.getPath().getName().startsWith("chk-")) {
            return true;
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      return false; // nobody can go on from what cannot be listed
    }
    return false;
  }

  private Optional<String> problem(String why) {
    return Optional.of("checkpoints.dir '" + place + "' cannot be written: " + why);
  }
}
