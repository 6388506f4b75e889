package io.millrace.runs.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.metric.FrequencyBucket;
import io.millrace.spec.DriftOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Law: what the page's scripts read from a line is a defined column. It holds as long as scripts
 * keep lines in variables with the names below, and name columns in texts in the forms below.
 */
class PageScriptsTest {

  private static final Path SCRIPTS = Path.of("src/main/resources/io/millrace/runs/page");

  private static final String FILES =
      "metrics|drift|counts|switches|refreshes|alerts|pulse|warnings";

  /** Variables that hold a line, or an object in one; no other variable may. */
  private static final String LINE = "line|other|first|refresh|load|loaded";

  private static final Pattern READ = Pattern.compile("\\b(?:" + LINE + ")\\??\\.(\\w+)");

  /** Each function that goes through lines, with the name it gives them. */
  private static final Pattern THROUGH =
      Pattern.compile("store\\.(?:" + FILES + ")\\.(?:\\w+)\\(\\(?([\\w{]+)[^.()]*=>");

  private static final Pattern COMPUTED = Pattern.compile("\\b(?:" + LINE + ")\\[([^\\]]*)\\]");

  /** Columns in texts: those of measures' series, of measures of arms, and of calls. */
  private static final List<Pattern> NAMED =
      List.of(
          Pattern.compile("\\['(\\w+)', '[^']*'\\](?=[^\\n]*\\], format:)"),
          Pattern.compile("(?m)^  (\\w+): \\{ name: [^\\n]*short: "),
          Pattern.compile("(?:\\.at|\\.values|\\bnewest|\\bmean)\\([^()]*'(\\w+)'\\)"));

  @Test
  void everyPropertyIsAColumn() throws IOException {
    Set<String> columns = new TreeSet<>();
    LineTypes.ALL.values().forEach(type -> add(columns, type.columns()));
    int read = 0;
    for (Path script : scripts()) {
      String text = Files.readString(script);
      List<String> properties = found(READ, text);
      NAMED.forEach(pattern -> properties.addAll(found(pattern, text)));
      assertThat(columns).as(script.toString()).containsAll(properties);
      assertThat(found(THROUGH, text)).as(script.toString()).allMatch(name -> name.matches(LINE));
      assertThat(found(COMPUTED, text))
          .as(script.toString())
          .allMatch("key chosen.measure"::contains);
      read += properties.size();
    }
    assertThat(read).isGreaterThan(100); // so that no pattern has gone blind
  }

  @Test
  void everyBucketIsOne() throws IOException {
    assertThat(keys("arms.js", "BUCKETS"))
        .containsExactlyElementsOf(
            Stream.of(FrequencyBucket.values()).map(MetricColumns::key).toList());
  }

  @Test
  void everyStreamAndDetectorIsOne() throws IOException {
    assertThat(keys("alerts.js", "STREAMS"))
        .containsExactlyElementsOf(
            Stream.of(DriftOptions.Stream.values()).map(DriftOptions.Stream::key).toList());
    assertThat(keys("alerts.js", "DETECTORS"))
        .containsExactlyElementsOf(
            Stream.of(DriftOptions.Detector.values()).map(DriftOptions.Detector::key).toList());
  }

  /** Keys of a constant of a script that is an object of texts. */
  private static List<String> keys(String script, String constant) throws IOException {
    Matcher object =
        Pattern.compile("const " + constant + " = \\{(.*)\\};")
            .matcher(Files.readString(SCRIPTS.resolve(script)));
    assertThat(object.find()).as(constant).isTrue();
    return found(Pattern.compile("(\\w+): '"), object.group(1));
  }

  private static void add(Set<String> keys, Columns<?> columns) {
    for (Column<?> column : columns.all()) {
      keys.add(column.key());
      if (column.members() != null) {
        add(keys, column.members());
      }
    }
  }

  private static List<Path> scripts() throws IOException {
    try (Stream<Path> files = Files.list(SCRIPTS)) {
      return files.filter(file -> file.toString().endsWith(".js")).toList();
    }
  }

  private static List<String> found(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
