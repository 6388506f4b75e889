package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Law: what a run writes keeps to the schemas of docs/schema, which tell all keys. */
@Timeout(300)
class LineSchemasTest {

  private static final int DAYS = 3;
  private static final int FIELDS = 8;
  private static final int DENSE = 4;

  @TempDir Path folder;

  @Test
  void aRunKeepsToTheSchemas() throws IOException {
    Path job =
        Files.writeString(
            folder.resolve("job.yaml"),
            SmallStream.job("refresh: both").replaceAll("(?s)arms:.*", "")
                + "drift: {floor: second-teacher, warm_up: 0, threshold: 0.1}\n"
                + "arms: [{name: full, hash: full, table: mlet}, {name: learned, hash: learned,"
                + " ratio: 0.1}]\n");
    Path events = SmallStream.writeEvents(folder, DAYS);
    Files.writeString(events, "no event\n", UTF_8, StandardOpenOption.APPEND);
    Path run = folder.resolve("run");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", run);
    Map<String, Integer> lines = LineSchemas.assertValid(run);
    assertThat(lines)
        .containsEntry("metrics", 2 * DAYS)
        .containsEntry("drift-ids", FIELDS * DAYS)
        .containsEntry("drift-dense", DENSE * DAYS)
        .containsEntry("counts", 1)
        .containsEntry("rejects", 1)
        .containsKeys("values", "alerts", "refreshes");
    assertThat(lines.get("switches")).isGreaterThan(DAYS - 1); // within windows too
    assertThat(SmallStream.lines(run.resolve("pulse.jsonl")))
        .anyMatch(line -> line.contains("teacher_ne"));
  }

  // a schema that let everything pass would hold nothing
  @Test
  void everyKeyIsToldAndAskedFor() throws IOException {
    for (String name : LineSchemas.names()) {
      ObjectNode schema = (ObjectNode) LineSchemas.text(name);
      assertThat(schema.path("$schema").asText())
          .isEqualTo("https://json-schema.org/draft/2020-12/schema");
      assertThat(schema.path("additionalProperties").asBoolean(true)).as(name).isFalse();
      assertThat(schema.path("required")).as(name).hasSize(schema.path("properties").size());
      assertThat(LineSchemas.faults(name, new ObjectMapper().createObjectNode()))
          .as(name)
          .hasSize(schema.path("required").size());
    }
  }

  @Test
  void wrongLinesAreFound() throws IOException {
    String line =
        "{\"arm\":\"a\",\"seed\":0,\"time\":5,\"map_version\":2,\"before_version\":1,"
            + "\"events\":7,\"logloss\":0.5,\"shadow_logloss\":null,\"regret\":null,"
            + "\"accepted\":true}";
    ObjectNode right = (ObjectNode) new ObjectMapper().readTree(line);
    assertThat(LineSchemas.faults("switches", right)).isEmpty();
    assertThat(LineSchemas.faults("switches", right.deepCopy().put("events", "7"))).hasSize(1);
    assertThat(LineSchemas.faults("switches", right.deepCopy().put("more", 1))).hasSize(1);
    assertThat(LineSchemas.faults("switches", right.deepCopy().put("logloss", -1))).hasSize(1);
  }
}
