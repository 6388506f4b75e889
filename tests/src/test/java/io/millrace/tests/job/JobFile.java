package io.millrace.tests.job;

import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A job file: that of {@link SmallStream}, with three arms and checkpoints each moment. It emits no
 * updates, so that its versions are those of windows, as {@code train} publishes them.
 *
 * @param text the YAML
 */
public record JobFile(String text) {

  /** Arms of the job. */
  public static final int ARMS = 3;

  private static final String SECTIONS =
      """
      arms: [{name: full, hash: full}, {name: hot-kept, hash: hot-kept}, {name: learned, hash: learned, table: mlet}]
      checkpoints: {interval: 300ms}
      publish: {updates: 0s}
      """;

  /** For a broker on {@code bootstrap}. */
  public static JobFile of(String bootstrap, int partitions) {
    String small = SmallStream.job();
    return new JobFile(small.substring(0, small.indexOf("arms:")) + SECTIONS)
        .with("kafka: {bootstrap: \"%s\", partitions: %d}".formatted(bootstrap, partitions));
  }

  /** For a broker in this process. */
  static JobFile of(EmbeddedBroker broker, int partitions) {
    return of(broker.bootstrapServers(), partitions);
  }

  /** With a further line, which replaces the one that sets the same key. */
  public JobFile with(String line) {
    String key = line.substring(0, line.indexOf(':') + 1);
    return new JobFile(text.replaceAll("(?m)^" + key + ".*\n", "") + line + "\n");
  }

  /** For events in Millrace's binary form. */
  JobFile binary() {
    return new JobFile(text.replace("kafka: {", "kafka: {value: binary, "));
  }

  /** For a live stream: nobody waits for a map, and updates are emitted. */
  JobFile live() {
    return new JobFile(text.replace("student: {", "student: {wait_for_maps: false, "))
        .with("publish: {updates: 1s}");
  }

  /** For a stream that goes over to live: events of its history wait for maps. */
  public JobFile untilLive() {
    return new JobFile(text.replace("student: {", "student: {wait_for_maps: until-live, "));
  }

  /** Writes it. */
  public Path write(Path folder) throws IOException {
    return Files.writeString(folder.resolve("job.yaml"), text);
  }
}
