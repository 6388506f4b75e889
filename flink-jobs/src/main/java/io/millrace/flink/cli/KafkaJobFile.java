package io.millrace.flink.cli;

import io.millrace.jobfile.JobConfig;
import io.millrace.jobfile.Settings;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The job file of commands that reach Kafka. Its {@code kafka.bootstrap} gives way to the
 * environment variable {@value #VARIABLE}, and both to the option {@code --bootstrap}; so that one
 * job file serves at a desk and in a container.
 */
final class KafkaJobFile {

  /** Environment variable with the brokers. */
  static final String VARIABLE = "MILLRACE_KAFKA_BOOTSTRAP";

  @Mixin private JobFile file;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description =
          "brokers, separated by commas (default: the environment variable "
              + VARIABLE
              + ", or else kafka.bootstrap of the job file)")
  private String bootstrap;

  /** Reads the file, and puts in the brokers of option or environment. */
  JobConfig read() throws IOException {
    return at(file.read());
  }

  /**
   * Reads the file like {@link #read}, and checks the mask files that it names.
   *
   * @param saved settings of a savepoint that unset keys take; null for their defaults
   */
  JobConfig readWithMasks(Settings saved) throws IOException {
    return at(file.readWithMasks(saved));
  }

  private JobConfig at(JobConfig job) {
    if (bootstrap != null) {
      return at(job, "--bootstrap", bootstrap);
    }
    String fromEnvironment = System.getenv(VARIABLE);
    return fromEnvironment == null ? job : at(job, VARIABLE, fromEnvironment);
  }

  private static JobConfig at(JobConfig job, String source, String brokers) {
    try {
      return job.withBootstrap(brokers);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          source + " must be brokers as host:port but was '" + brokers + "': " + e.getMessage(), e);
    }
  }
}
