package io.millrace.jobfile;

import static io.millrace.jobfile.SmallFile.SMALL;
import static io.millrace.jobfile.SmallFile.fails;
import static io.millrace.jobfile.SmallFile.parse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.format.RecordForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: the Avro schema of a topic is checked with the job file and is part of the resolved one. */
class AvroKeysTest {

  private static final String AVRO =
      """
      {"type": "record", "name": "Click", "fields": [
        {"name": "ts", "type": "long"},
        {"name": "y", "type": "int"},
        {"name": "u", "type": "string"},
        {"name": "v", "type": ["null", "string"]}]}
      """;

  @TempDir private Path folder;

  private Path job(String avro, String kafka) throws IOException {
    Files.writeString(folder.resolve("click.avsc"), avro);
    return Files.writeString(folder.resolve("job.yaml"), SMALL + "kafka: " + kafka + "\n");
  }

  @Test
  void aFileBesideTheJobFileBecomesItsText() throws IOException {
    JobConfig job = JobConfig.read(job(AVRO, "{value: avro, schema: click.avsc, schema_id: 7}"));
    assertThat(job.kafka().form().kind()).isEqualTo(RecordForm.Kind.AVRO);
    assertThat(job.kafka().form().schemaId()).isEqualTo(7);
    Files.delete(folder.resolve("click.avsc"));
    assertThat(parse(job.toYaml()).kafka().form()).isEqualTo(job.kafka().form());
  }

  @Test
  void aColumnThatTheSchemaLacksIsAnError() throws IOException {
    Path file = job(AVRO.replace("\"u\"", "\"U\""), "{value: avro, schema: click.avsc}");
    assertThatThrownBy(() -> JobConfig.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "kafka.schema must have the column 'u' (its record Click has [ts, y, U, v]; did you"
                + " mean 'U'?) but was 'click.avsc' (job.yaml:9)");
  }

  @Test
  void keysFitTogether() {
    fails(
        SMALL + "kafka: {value: avro, schema: none.avsc}\n",
        "kafka.schema must be a file that exists but was 'none.avsc' (job.yaml:9)");
    fails(
        SMALL + "kafka: {value: avro}\n",
        "kafka.schema must be a file or an Avro schema, as value is avro, but was '' (job.yaml:9)");
    fails(
        SMALL + "kafka: {schema: click.avsc}\n",
        "kafka.schema must be unset unless value is avro but was 'click.avsc' (job.yaml:9)");
    fails(
        SMALL + "kafka: {value: binary, schema_id: 3}\n",
        "kafka.schema_id must be unset unless value is avro but was '3' (job.yaml:9)");
    assertThatThrownBy(() -> parse(SMALL + "kafka: {value: avro, schema: '{\"type\": 3}'}\n"))
        .hasMessageStartingWith("kafka.schema must be an Avro schema (");
  }
}
