package io.millrace.tests.serving;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a program of numpy alone, {@code examples/python/millrace_model.py}, reads every kind of
 * published model and gives the predictions of {@code millrace score} to 1e-6, with events that
 * have several ids in a field, missing values, unknown ids, and numbers as ids.
 */
class PythonReaderTest {

  private static final int EVENTS = 2_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> ARMS =
      List.of(
          "{name: full, hash: full}",
          "{name: linear, hash: none, bytes: 10%}",
          "{name: modulo, hash: modulo, ratio: 0.1}",
          "{name: double, hash: double, ratio: 0.1}",
          "{name: qr, hash: qr, ratio: 0.1, combine: mult}",
          "{name: joined, hash: qr, ratio: 0.1, combine: concat}",
          "{name: often, hash: freq-double, ratio: 0.1}",
          "{name: kept, hash: hot-kept, ratio: 0.1}",
          "{name: learned, hash: learned, ratio: 0.1}",
          "{name: inner, hash: learned, ratio: 0.2, internal_tables: D, combine: sum}",
          "{name: two-level, hash: two-level, ratio: 0.1}",
          "{name: mlet, hash: two-level, ratio: 0.1, table: mlet}",
          "{name: mixed, hash: modulo, ratio: 0.1, table: mixed, mixed: {share: 0.5}}",
          "{name: pruned, hash: full, table: pep, pep: {keep: 0.2}}");

  @TempDir static Path folder;

  private static Path events;

  /** Trains one student of each kind, and writes events that they have not seen. */
  @BeforeAll
  static void train() throws IOException, InterruptedException {
    assumeTrue(python("-c", "import numpy") == 0, "python3 with numpy is not installed");
    Files.writeString(folder.resolve("job.yaml"), job());
    Files.write(folder.resolve("train.jsonl"), log(1, 6_000));
    events = folder.resolve("events.jsonl");
    Files.write(events, log(2, EVENTS));
    Commands.succeed(
        "train",
        "--job",
        folder.resolve("job.yaml"),
        "--events",
        folder.resolve("train.jsonl"),
        "--run-dir",
        folder.resolve("run"));
  }

  @Test
  void numpyGivesTheServersPredictions() throws IOException, InterruptedException {
    for (String arm : ARMS) {
      String name = arm.substring("{name: ".length(), arm.indexOf(','));
      Path model = folder.resolve("run/models").resolve(name);
      Path ours = folder.resolve(name + ".csv");
      Path theirs = folder.resolve(name + "-python.csv");
      Commands.succeed("score", "--model", model, "--events", events, "--output", ours);
      assertThat(read("--model", model, "--events", events, "--output", theirs)).isZero();
      List<Double> expected = predictions(ours);
      List<Double> actual = predictions(theirs);
      assertThat(actual).as(name).hasSize(EVENTS);
      assertThat(expected.stream().distinct().count()).as(name).isGreaterThan(EVENTS / 10);
      for (int i = 0; i < EVENTS; i++) {
        assertThat(Math.abs(actual.get(i) - expected.get(i))).as(name + " " + i).isLessThan(1e-6);
      }
    }
  }

  /** Law: docs/model-format.md names every key of a manifest, and every tensor. */
  @Test
  void thePageNamesEveryKeyAndTensor() throws IOException {
    String page = Files.readString(ProjectRoot.find().resolve("docs/model-format.md"));
    Set<String> named = new TreeSet<>();
    Matcher code = Pattern.compile("`([^`\\n]+)`").matcher(page);
    while (code.find()) {
      named.addAll(List.of(code.group(1).split("[^\\w.]+")));
      named.addAll(List.of(code.group(1).split("\\W+")));
    }
    for (String arm : ARMS) {
      Path model =
          folder.resolve("run/models").resolve(arm.substring("{name: ".length(), arm.indexOf(',')));
      Path version = model.resolve(Files.readString(model.resolve("LATEST")).strip());
      Set<String> found = new TreeSet<>();
      keys(JSON.readTree(version.resolve("manifest.json").toFile()), found);
      ByteBuffer tensors =
          ByteBuffer.wrap(Files.readAllBytes(version.resolve("model.safetensors")));
      byte[] header = new byte[(int) tensors.order(ByteOrder.LITTLE_ENDIAN).getLong()];
      tensors.get(header);
      for (Map.Entry<String, JsonNode> tensor : JSON.readTree(header).properties()) {
        found.add(
            tensor
                .getKey()
                .replaceFirst("^field\\.\\d+", "field.F")
                .replaceFirst("^(bottom|top)\\.\\d+", "$1.L"));
        found.add(tensor.getValue().get("dtype").asText());
      }
      assertThat(named).as(arm).containsAll(found);
    }
  }

  /** The keys of an object, and of all objects in it but those that a reader does not need. */
  private static void keys(JsonNode node, Set<String> keys) {
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      keys.add(member.getKey());
      if (!Set.of("label", "time").contains(member.getKey())) {
        keys(member.getValue(), keys);
      }
    }
    if (node.isArray()) {
      node.forEach(child -> keys(child, keys));
    }
  }

  /** Law: a damaged manifest is refused. */
  @Test
  void aDamagedManifestIsRefused() throws IOException, InterruptedException {
    Path version = Files.createDirectories(folder.resolve("damaged"));
    Path whole = folder.resolve("run/models/linear");
    whole = whole.resolve(Files.readString(whole.resolve("LATEST")).strip());
    Files.copy(whole.resolve("model.safetensors"), version.resolve("model.safetensors"));
    String manifest = Files.readString(whole.resolve("manifest.json"));
    Files.writeString(
        version.resolve("manifest.json"), manifest.replace("\"linear\"", "\"linearr\""));
    assertThat(read("--model", version, "--events", events)).isNotZero();
  }

  private static int read(Object... args) throws IOException, InterruptedException {
    Path script = ProjectRoot.find().resolve("examples/python/millrace_model.py");
    List<String> words = new ArrayList<>(List.of(script.toString()));
    for (Object arg : args) {
      words.add(arg.toString());
    }
    return python(words.toArray(new String[0]));
  }

  private static int python(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3"));
    command.addAll(List.of(args));
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(folder.resolve("python.log").toFile())
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1; // no such program
    }
  }

  private static List<Double> predictions(Path csv) throws IOException {
    List<String> lines = Files.readAllLines(csv, UTF_8);
    return lines.stream().skip(1).map(line -> Double.parseDouble(line.split(",")[0])).toList();
  }

  private static String job() {
    StringBuilder arms = new StringBuilder();
    ARMS.forEach(arm -> arms.append("  - ").append(arm).append('\n'));
    return """
        name: python
        format: {type: jsonl, missing: [NA]}
        schema:
          label: {column: y}
          time: {column: t, unit: ms}
          dense:
            - {columns: price, transform: log1p}
            - {columns: age, missing: 0.5}
            - {columns: hour, transform: bucketise, boundaries: [6, 12, 18]}
            - {columns: score, transform: standardise, mean: 3, deviation: 2}
          categorical:
            - {columns: user, expected_ids: 2000}
            - {columns: item, expected_ids: 1500, number: true}
            - {columns: tags, expected_ids: 50, separator: "|"}
            - {columns: geo.city, expected_ids: 30}
        windows: {size: 1h}
        teacher: {dim: 2, batch: 64}
        hash: {min_rows: 1000}
        student: {dim: 8, bottom: [16], top: [16], batch: 64}
        arms:
        """
        + arms
        + "seeds: [0]\n";
  }

  /** A log of three hours; its ids have a skewed distribution, and the clicks depend on them. */
  private static List<String> log(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long time = 1_700_000_000_000L + i * 10_800_000L / count;
      int user = skewed(random, 2_000);
      int item = skewed(random, 1_500);
      int label = random.nextDouble() < .1 + .6 * ((user % 7 + item % 5) % 4 == 0 ? 1 : 0) ? 1 : 0;
      String price = random.nextDouble() < .1 ? "null" : number("%.2f", 90 * random.nextDouble());
      String age = random.nextDouble() < .1 ? "\"NA\"" : number("%d", 10 + item % 60);
      String tags = user % 3 == 0 ? "[\"a\", \"b" + item % 9 + "\"]" : "\"x|y" + user % 11 + "\"";
      String of = item % 2 == 0 ? item + ".0" : "" + item;
      lines.add(
          number(
              "{\"t\": %d, \"y\": %d, \"price\": %s, \"age\": %s, \"hour\": %d, \"score\": %.3f,"
                  + " \"user\": \"u%d\", \"item\": %s, \"tags\": %s%s}",
              time,
              label,
              price,
              age,
              i % 24,
              6 * random.nextDouble(),
              user,
              of,
              tags,
              user % 5 == 0 ? "" : ", \"geo\": {\"city\": \"c\u00e9 " + user % 29 + "\"}"));
    }
    return lines;
  }

  private static int skewed(SplittableRandom random, int ids) {
    double u = random.nextDouble();
    return (int) (ids * u * u * u);
  }

  private static String number(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
