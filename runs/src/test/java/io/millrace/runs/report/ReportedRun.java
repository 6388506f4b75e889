package io.millrace.runs.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.jobfile.JobConfig;
import io.millrace.maps.DriftLine;
import io.millrace.metric.Metrics;
import io.millrace.metric.Spectrum;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import io.millrace.student.MetricLine;
import io.millrace.student.TableFigures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A run directory of a small job, the lines that tests put there, and the page that shows them. */
final class ReportedRun {

  static final long START = 1_704_067_200_000L;

  static final long DAY = 86_400_000;

  private static final String JOB =
      """
      name: written
      format: {type: csv}
      schema:
        label: {column: label}
        time: {column: t, unit: ms}
        dense: [{columns: d0}]
        categorical: [{columns: site, expected_ids: 5000}]
      arms:
        - {name: full, hash: full}
        - {name: modulo-10, hash: modulo, ratio: 0.1}
        - {name: learned-10, hash: learned, ratio: 0.1}
      seeds: [7]
      """;

  final JobConfig job = JobConfig.parse(JOB, "job.yaml");

  final Path dir;
  final RunFiles files;

  /** A directory that holds no file yet. */
  ReportedRun(Path dir) throws IOException {
    this.dir = dir;
    this.files = RunFiles.create(dir);
  }

  /** A directory whose {@code run.json} describes the run of the small job. */
  static ReportedRun described(Path dir) throws IOException {
    ReportedRun run = new ReportedRun(dir);
    run.files.describe(RunFacts.of("train", run.job, List.of(7L), List.of()));
    return run;
  }

  void write(String file, String... lines) throws IOException {
    Files.writeString(dir.resolve(file), String.join("\n", lines));
  }

  /**
   * The last line of a file has exactly these keys: those that the page shows, each with its text,
   * and those that it does not show.
   */
  void assertShown(String file, Map<String, String> shown, String... notShown) throws IOException {
    assertThat(lastLine(file).properties())
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(shown.keySet().stream(), Stream.of(notShown)).toList());
    assertThat(shown.values()).as("every page has an empty text").doesNotContain("");
    String page = page();
    shown.forEach((key, text) -> assertThat(page).as(key).contains(text));
  }

  JsonNode lastLine(String file) throws IOException {
    List<String> lines = Files.readAllLines(dir.resolve(file));
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  /** The page without its scripts and styles, which are the same for every run. */
  String page() throws IOException {
    return whole().replaceAll("(?s)<(script|style)>.*?</\\1>", "");
  }

  /** The page as it is written. */
  String whole() throws IOException {
    return Files.readString(Report.write(dir));
  }

  /** The charts of a page that have a kind, such as {@code lines}, in its order. */
  static List<JsonNode> charts(String page, String kind) throws IOException {
    List<JsonNode> charts = new ArrayList<>();
    for (MatchResult found :
        Pattern.compile("data-chart=\"([^\"]*)\"").matcher(page).results().toList()) {
      String json = found.group(1).replace("&quot;", "\"").replace("&#39;", "'");
      JsonNode chart =
          new ObjectMapper()
              .readTree(json.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
      if (chart.get("kind").asText().equals(kind)) {
        charts.add(chart);
      }
    }
    return charts;
  }

  /** Numbers of a chart; those that are unknown are NaN. */
  static double[] numbers(JsonNode list) {
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = list.get(i).isNumber() ? list.get(i).asDouble() : Double.NaN;
    }
    return numbers;
  }

  static String cell(String text) {
    return "<td>" + Html.escape(text) + "</td>";
  }

  /** The first table row that is headed so. */
  static String row(String page, String head) {
    return rows(page, head).get(0);
  }

  /** The rows of all tables that are headed so. */
  static List<String> rows(String page, String head) {
    List<String> rows =
        Pattern.compile("<th scope=\"row\"[^>]*>" + Pattern.quote(head) + "</th>.*")
            .matcher(page)
            .results()
            .map(MatchResult::group)
            .toList();
    assertThat(rows).as(head).isNotEmpty();
    return rows;
  }

  /** Figures of the first window. */
  static MetricLine line(String arm, double auc, long rows) {
    return line(arm, auc, rows, 0, 55);
  }

  /** Figures of a window that ends with a version of the map. */
  static MetricLine mapped(int window, int map) {
    return line("learned-10", .7, 1000, window, map);
  }

  private static MetricLine line(String arm, double auc, long rows, int window, int map) {
    return new MetricLine(
        arm,
        7,
        START + window * DAY,
        START + (window + 1) * DAY,
        new Metrics(4321, 1234, auc, .4234, .8345, 1.0567),
        List.of(bucket(1), bucket(2), bucket(3), bucket(4)),
        rows,
        11_100,
        222,
        555,
        33_300,
        444_000,
        map,
        66_666,
        88,
        77,
        99,
        Map.of(
            "site",
            new TableFigures(
                1236,
                new Spectrum(13, 16, 7.123),
                OptionalInt.of(4),
                Optional.of(new TableFigures.Pruning(10_000, 1234)))));
  }

  static Metrics bucket(int i) {
    return new Metrics(100 + i, 50, .6 + i / 10_000., .5, .9, 1);
  }

  /** Drift of a window whose end has a version of the map, in which nothing was compared. */
  static DriftLine drift(int window, String spec, int version, String... without) {
    double none = Double.NaN;
    return new DriftLine(
        "site",
        7,
        START + window * DAY,
        START + window * DAY + DAY,
        4444,
        none,
        none,
        none,
        none,
        none,
        DriftLine.Movement.NONE,
        DriftLine.Movement.NONE,
        spec,
        version,
        version * 501,
        version * 4321,
        false,
        List.of(without),
        DriftLine.Agreement.NONE,
        DriftLine.Agreement.NONE,
        null);
  }

  /** Two seeds, four windows; learned is ahead of modulo by .03 and .01, full by .05. */
  void fourArms() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int seed = 0; seed < 2; seed++) {
      for (int w = 0; w < 4; w++) {
        double base = w < 2 ? .5 : .7 + .02 * seed;
        lines.append(metric("modulo", seed, w, base, 15_000)).append('\n');
        lines.append(metric("full", seed, w, w < 2 ? .9 : base + .05, 150_000)).append('\n');
        lines.append(metric("hot", seed, w, base, 10_000)).append('\n');
        lines
            .append(metric("learned", seed, w, base + (seed == 0 ? .03 : .01), 15_000))
            .append('\n');
      }
    }
    write("metrics.jsonl", lines.toString().strip());
    write(
        "run.json",
        "{\"config\":{\"arms\":[{\"name\":\"full\",\"hash\":\"full\"},"
            + "{\"name\":\"modulo\",\"hash\":\"modulo\"},{\"name\":\"hot\",\"hash\":\"hot-kept\"},"
            + "{\"name\":\"learned\",\"hash\":\"learned\"}]}}");
  }

  static String metric(String arm, int seed, int window, double auc, int rows) {
    long start = START + window * DAY;
    int rowBytes = 60 * rows + (arm.equals("full") ? 900_000 : 0);
    int mapBytes = arm.equals("learned") ? 1_500_000 : arm.equals("hot") ? 260_000 : 0;
    return String.format(
        Locale.ROOT,
        "{\"arm\":\"%s\",\"seed\":%d,\"window_start\":%d,\"window_end\":%d,\"events\":10,\"auc\":%.4f,"
            + "\"ne\":0.8,\"logloss\":0.5,\"calibration\":1,\"rows\":%d,\"embedding_bytes\":%d,"
            + "\"map_bytes\":%d,\"linear_bytes\":0,\"serving_bytes\":%d,"
            + "\"buckets\":{\"unseen\":{\"events\":10,\"auc\":0.6},\"few\":{},\"some\":{},\"many\":{}}}",
        arm,
        seed,
        start,
        start + DAY,
        auc,
        rows,
        rowBytes,
        mapBytes,
        rowBytes + mapBytes + 100_000);
  }
}
