package io.millrace.flink.cli;

import io.millrace.jobfile.JobConfig;
import io.millrace.jobfile.Settings;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option {@code --job} of commands that need a job file. */
final class JobFile {

  @Option(names = "--job", required = true, paramLabel = "FILE", description = "the job file")
  private Path file;

  /** Reads the file. */
  JobConfig read() throws IOException {
    return JobConfig.read(file);
  }

  /** Reads the file, and checks the mask files that it names. */
  JobConfig readWithMasks() throws IOException {
    return readWithMasks(null);
  }

  /** The same; unset keys take the settings of a savepoint, or their defaults if it is null. */
  JobConfig readWithMasks(Settings saved) throws IOException {
    JobConfig job = JobConfig.read(file, saved);
    job.checkMasks();
    return job;
  }
}
