package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The schemas of docs/schema, and whether lines keep to them. */
final class LineSchemas {

  private static final ObjectMapper JSON = new ObjectMapper();

  private LineSchemas() {}

  /** Names of all schemas. */
  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder())) {
      return files
          .map(file -> file.getFileName().toString().replace(".json", ""))
          .sorted()
          .toList();
    }
  }

  private static Path folder() {
    return ProjectRoot.find().resolve("docs/schema");
  }

  /** The text of a schema. */
  static JsonNode text(String name) throws IOException {
    return JSON.readTree(Files.readString(folder().resolve(name + ".json")));
  }

  private static JsonSchema schema(String name) throws IOException {
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(text(name));
  }

  /** What is wrong with a line. */
  static List<String> faults(String name, JsonNode line) throws IOException {
    return schema(name).validate(line).stream().map(Object::toString).toList();
  }

  /** Checks every line of every file of lines in a run, and returns how many each schema had. */
  static Map<String, Integer> assertValid(Path run) throws IOException {
    Map<String, Integer> lines = new TreeMap<>();
    for (Path file : files(run)) {
      Map<String, JsonSchema> schemas = new TreeMap<>();
      for (String text : SmallStream.lines(file)) {
        JsonNode line = JSON.readTree(text);
        String name = name(file, line);
        if (!schemas.containsKey(name)) {
          schemas.put(name, schema(name));
        }
        assertThat(schemas.get(name).validate(line)).as(file + ": " + text).isEmpty();
        lines.merge(name, 1, Integer::sum);
      }
    }
    return lines;
  }

  /** The schema of a line: that of its file and, where a file has several, its kind. */
  private static String name(Path file, JsonNode line) {
    String name = file.getFileName().toString().replace(".jsonl", "");
    return line.hasNonNull("kind") ? name + "-" + line.path("kind").asText() : name;
  }

  private static List<Path> files(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run)) {
      return new ArrayList<>(files.filter(file -> file.toString().endsWith(".jsonl")).toList());
    }
  }
}
