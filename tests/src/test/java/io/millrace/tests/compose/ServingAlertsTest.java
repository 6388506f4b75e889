package io.millrace.tests.compose;

import static io.millrace.tests.compose.ComposeFile.yaml;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.flink.cli.Millrace;
import io.millrace.snapshot.ModelFolder;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.SmallStream;
import io.millrace.tests.job.JavaProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: alarms and the dashboard of the server ask for metrics, labels and values of labels that a
 * scrape of a running server has.
 */
@Timeout(180)
class ServingAlertsTest {

  private static final Pattern NAME = Pattern.compile("millrace_serving_[a-z_]+");

  /** A sample of a scrape: its name and labels. */
  private static final Pattern SAMPLE =
      Pattern.compile("(?m)^(" + NAME + ")(?:\\{(.*)})? [-+.0-9EeNaInf]+$");

  /** A metric that has no sample yet, or its parts have them. */
  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (" + NAME + ") ");

  private static final Pattern LABEL = Pattern.compile("([a-z_]+)(=|!=|=~|!~)\"([^\"]*)\"");
  private static final Pattern BY = Pattern.compile("\\b(?:by|on) \\(([a-z_, ]*)\\)");
  private static final Pattern SHOWN =
      Pattern.compile("\\{\\{ *(?:\\$labels\\.)?([a-z_]+) *}}"); // in texts

  /** Has no sample where the shadow arm scores everything. */
  private static final String LEFT_OUT = "millrace_serving_shadow_left_out_total";

  /** Labels that Prometheus adds. */
  private static final Set<String> ADDED = Set.of("job", "instance", "alertname", "alertstate");

  private static final String ARMS =
      """
      arms:
        - {name: two-level, hash: two-level, bytes: 10%}
        - {name: linear, hash: none}
      """;

  private static final String EVENT =
      "{\"d0\": 1, \"d1\": 2, \"d2\": 3, \"d3\": 4, \"f0\": \"a\", \"f1\": \"a\", \"f2\": \"a\","
          + " \"f3\": \"a\", \"f4\": \"a\", \"f5\": \"a\", \"f6\": \"a\", \"f7\": \"a\"}";

  private final Path root = ProjectRoot.find();

  @TempDir Path folder;

  @Test
  void everyNameAndLabelIsOfAScrape() throws Exception {
    Map<String, String> asked = new LinkedHashMap<>(alarms());
    asked.putAll(panels());
    assertThat(asked).hasSizeGreaterThan(10);
    Path run = train();
    damage(run.resolve("models/two-level"));
    Path console = folder.resolve("serve.txt");
    Process server = JavaProcess.start(console, "512m", Millrace.class.getName(), args(run));
    try {
      URI uri = address(console, server);
      assertThat(post(uri, "{\"candidates\": [" + EVENT + ", {\"f0\": \"a\"}]}")).isEqualTo(200);
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(
              () -> {
                Map<String, Map<String, Set<String>>> scraped = scraped(get(uri));
                asked.forEach((name, text) -> assertAnswers(name, text, scraped));
              });
    } finally {
      server.destroy();
      server.onExit().join();
    }
  }

  /** The texts of each alarm that asks for the server's metrics. */
  private Map<String, String> alarms() throws IOException {
    Map<String, String> asked = new LinkedHashMap<>();
    Map<String, Object> file = yaml(Files.readString(root.resolve("deploy/prometheus/alerts.yml")));
    List<Map<String, Object>> groups = ComposeFile.child(file, "groups");
    for (Map<String, Object> group : groups) {
      List<Map<String, Object>> rules = ComposeFile.child(group, "rules");
      rules.stream()
          .filter(rule -> NAME.matcher(rule.get("expr").toString()).find())
          .forEach(rule -> asked.put(rule.get("alert").toString(), rule.toString()));
    }
    return asked;
  }

  /** The query of each line of the dashboard, with its legend. */
  private Map<String, String> panels() throws IOException {
    Map<String, String> asked = new LinkedHashMap<>();
    Path file = root.resolve("deploy/grafana/dashboards/serving.json");
    for (JsonNode panel : new ObjectMapper().readTree(file.toFile()).path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String text = target.path("expr").asText() + ' ' + target.path("legendFormat").asText();
        if (NAME.matcher(text).find()) {
          asked.put(panel.path("title").asText() + " / " + target.path("refId").asText(), text);
        }
      }
    }
    return asked;
  }

  private Path train() throws IOException {
    Path job = folder.resolve("job.yaml");
    Files.writeString(job, SmallStream.job().replaceAll("(?s)arms:.*", ARMS));
    Path run = folder.resolve("run");
    Path events = SmallStream.writeEvents(folder, 2);
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", run);
    return run;
  }

  /** Damages the newest version of an arm, so that a server refuses it. */
  private static void damage(Path arm) throws IOException {
    Path tensors = ModelFolder.resolve(arm).resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(tensors);
    bytes[bytes.length - 1] ^= 1;
    Files.write(tensors, bytes);
  }

  private List<String> args(Path run) {
    List<String> args = new ArrayList<>(List.of("serve", "--model", run.toString(), "--port", "0"));
    args.addAll(List.of("--arm", "two-level", "--shadow", "linear", "--sample-rate", "1"));
    args.addAll(List.of("--sample-log", folder.resolve("samples.jsonl").toString()));
    return args;
  }

  private static URI address(Path console, Process server) throws IOException {
    Pattern answers = Pattern.compile("answers? at (http://\\S+)/score");
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> !server.isAlive() || answers.matcher(Files.readString(console)).find());
    Matcher matcher = answers.matcher(Files.readString(console, UTF_8));
    assertThat(matcher.find()).as(Files.readString(console, UTF_8)).isTrue();
    return URI.create(matcher.group(1));
  }

  private static int post(URI server, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve("/v1/score"))
            .POST(BodyPublishers.ofString(body))
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
  }

  private static String get(URI server) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(server.resolve("/metrics")).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  /** Name to label to values, of all samples; no labels for a metric without samples. */
  private static Map<String, Map<String, Set<String>>> scraped(String text) {
    Map<String, Map<String, Set<String>>> samples = new TreeMap<>();
    found(TYPE, text, 1).forEach(name -> samples.put(name, new TreeMap<>()));
    SAMPLE
        .matcher(text)
        .results()
        .forEach(
            sample -> {
              Map<String, Set<String>> labels =
                  samples.computeIfAbsent(sample.group(1), name -> new TreeMap<>());
              String all = sample.group(2) == null ? "" : sample.group(2);
              LABEL
                  .matcher(all)
                  .results()
                  .forEach(
                      label ->
                          labels
                              .computeIfAbsent(label.group(1), l -> new TreeSet<>())
                              .add(label.group(3)));
            });
    return samples;
  }

  private static void assertAnswers(
      String what, String text, Map<String, Map<String, Set<String>>> scraped) {
    Set<String> names = new TreeSet<>(found(NAME, text, 0));
    assertThat(scraped.keySet()).as(what).containsAll(names);
    Set<String> had = new TreeSet<>(ADDED);
    names.forEach(name -> had.addAll(scraped.get(name).keySet()));
    if (names.contains(LEFT_OUT)) {
      had.add("reason");
    }
    Set<String> labels = new TreeSet<>(found(LABEL, text, 1));
    labels.addAll(found(SHOWN, text, 1));
    found(BY, text, 1).forEach(list -> labels.addAll(List.of(list.split(", "))));
    labels.remove("");
    assertThat(had).as("labels of " + what).containsAll(labels);
    LABEL
        .matcher(text)
        .results()
        .filter(label -> !ADDED.contains(label.group(1)))
        .forEach(label -> assertHasValue(what, label, names, scraped));
  }

  /** A value that a query compares with is there, but for statuses of failures. */
  private static void assertHasValue(
      String what,
      MatchResult label,
      Set<String> names,
      Map<String, Map<String, Set<String>>> scraped) {
    Pattern value = Pattern.compile(label.group(3));
    if (!value.matcher("503").matches()) {
      Stream<String> values =
          names.stream()
              .flatMap(n -> scraped.get(n).getOrDefault(label.group(1), Set.of()).stream());
      assertThat(values).as(what + ": " + label.group()).anyMatch(v -> value.matcher(v).matches());
    }
  }

  private static List<String> found(Pattern pattern, String text, int group) {
    return pattern.matcher(text).results().map(match -> match.group(group)).toList();
  }
}
