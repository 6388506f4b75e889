package io.millrace.jobfile;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The smallest job file, which tests vary. */
final class SmallFile {

  static final String SMALL =
      """
      name: small
      schema:
        label: {column: y}
        time: {column: ts}
        categorical:
          - {columns: [u, v], expected_ids: 10}
      arms:
        - {name: a, hash: full}
      """;

  private SmallFile() {}

  static JobConfig parse(String yaml) {
    return JobConfig.parse(yaml, "job.yaml");
  }

  /** The file of a job that continues from a savepoint. */
  static JobConfig parse(String yaml, Settings saved) {
    return JobConfig.parse(yaml, "job.yaml", saved);
  }

  static void fails(String yaml, String message) {
    assertThatThrownBy(() -> parse(yaml)).isInstanceOf(ConfigException.class).hasMessage(message);
  }

  /** The file with other options of its arm. */
  static String arm(String options) {
    return SMALL.replace("{name: a, hash: full}", "{name: a, " + options + "}");
  }

  static String resource(String name) throws IOException {
    try (InputStream in = SmallFile.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
