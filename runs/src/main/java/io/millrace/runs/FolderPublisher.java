package io.millrace.runs;

import io.millrace.format.FileFormat;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.Retention;
import io.millrace.student.Student;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Publishes models into {@code models/ARM} of a run directory.
 *
 * @param runDir the run directory
 * @param format how the job's event files are written
 * @param updates Kafka's topic of the updates that students emit, if they do
 */
public record FolderPublisher(String runDir, FileFormat format, String updates)
    implements ModelPublisher {

  /** A publisher of students that emit no updates. */
  public FolderPublisher(String runDir, FileFormat format) {
    this(runDir, format, "");
  }

  @Override
  public Publication prepare(Student arm, Origin.ClosedWindow window) {
    return new Copy(
        folder(arm),
        PublishedModel.copyOf(arm.job().schema(), arm.model()),
        origins().of(arm, window),
        new Retention(arm.job().publish().keep(), arm.job().publish().keepHours()));
  }

  @Override
  public Publication resume(Student arm, Origin.ClosedWindow window) {
    Path version = folder(arm).resolve(ModelFolder.versionName(arm.modelVersion()));
    return Files.exists(version)
        ? new Written(
            arm.modelVersion(),
            Optional.of(PublishedOrigins.announcement(origins().of(arm, window))))
        : prepare(arm, window);
  }

  @Override
  public long newest(Student arm) throws IOException {
    return Files.isDirectory(folder(arm))
        ? ModelFolder.versions(folder(arm)).stream().mapToLong(ModelFolder::number).max().orElse(0)
        : 0;
  }

  @Override
  public long newestEpoch(Student arm) throws IOException {
    return Files.isDirectory(folder(arm)) ? ModelFolder.newestEpoch(folder(arm)) : 0;
  }

  private Path folder(Student arm) {
    return Path.of(runDir).resolve(RunFiles.MODELS).resolve(arm.spec().name());
  }

  /** A copy of a model, which its trainer does not change. */
  private record Copy(Path folder, PublishedModel model, Origin origin, Retention keep)
      implements Publication {
    @Override
    public long version() {
      return origin.modelVersion();
    }

    @Override
    public Optional<String> write() throws IOException {
      ModelFolder.publish(folder, model, origin, keep);
      return Optional.of(PublishedOrigins.announcement(origin));
    }
  }

  private PublishedOrigins origins() {
    return new PublishedOrigins(format, updates);
  }
}
