package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.event.EventLimits;
import io.millrace.file.EventInput;
import io.millrace.serving.http.HttpCalls;
import io.millrace.serving.http.ScoringServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: an event gets the same prediction, to the bit, from a csv, tsv or jsonl file and over HTTP,
 * alone or in a list; or it gets none from any of them.
 */
class SameAnswerTest {

  private static final int EVENTS = 60;
  private static final String NONE = "none";
  private static final List<String> COLUMNS =
      List.of("x", "y", "site", "user", "tags", "click", "time", "note");

  @TempDir Path folder;

  private ModelFollower follower;
  private ScoringServer server;

  @BeforeEach
  void start() throws IOException {
    SmallModel.publish(folder.resolve("arm"), 1, 20);
    follower = new ModelFollower(folder.resolve("arm"));
    server =
        new ScoringServer(follower, InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT);
  }

  @AfterEach
  void stop() {
    server.close();
    follower.close();
  }

  /**
   * With every set of columns of some random ones; a label and a time may be there, or nonsense.
   */
  @Test
  void theSameEventGetsTheSameAnswer() throws Exception {
    Set<String> all = new HashSet<>();
    for (int seed = 0; seed < 25; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<String> columns =
          COLUMNS.stream().filter(c -> c.equals("site") || random.nextInt(4) > 0).toList();
      List<Map<String, List<String>>> events = new ArrayList<>();
      for (int i = 0; i < EVENTS; i++) {
        events.add(event(random, columns));
      }
      List<String> lines = events.stream().map(event -> json(event, random)).toList();
      List<String> overHttp = overHttp("[" + String.join(",", lines) + "]");
      all.addAll(overHttp);
      String as = "seed " + seed;
      assertThat(overHttp("[" + lines.get(7) + "]")).as(as).containsExactly(overHttp.get(7));
      assertThat(overHttp(lines.get(7))).as(as).containsExactly(overHttp.get(7));
      assertThat(fromFile("e.jsonl", String.join("\n", lines))).as(as).isEqualTo(overHttp);
      assertThat(fromFile("e.csv", table(columns, events, ","))).as(as).isEqualTo(overHttp);
      assertThat(fromFile("e.tsv", table(columns, events, "\t"))).as(as).isEqualTo(overHttp);
    }
    assertThat(all).contains(NONE).hasSizeGreaterThan(100);
  }

  /** Values of an event by column, as text; a list of none is a missing value. */
  private static Map<String, List<String>> event(SplittableRandom random, List<String> columns) {
    Map<String, List<String>> event = new LinkedHashMap<>();
    for (String column : columns) {
      int n = column.equals("tags") ? random.nextInt(4) : random.nextInt(5) > 0 ? 1 : 0;
      List<String> values = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        values.add(value(random, column));
      }
      event.put(column, values);
    }
    return event;
  }

  private static String value(SplittableRandom random, String column) {
    String odd = List.of("oops", "-7", "1e400", "0.30000000000000004").get(random.nextInt(4));
    return switch (column) {
      case "x", "y" -> random.nextInt(12) == 0 ? odd : Double.toString(random.nextDouble(0, 99));
      case "time" -> random.nextInt(3) == 0 ? odd : Long.toString(random.nextLong());
      case "click" -> random.nextInt(3) == 0 ? odd : Integer.toString(random.nextInt(2));
      default -> List.of("a", "7", "7.0", "\u00e9 \"q\"", "a,b").get(random.nextInt(5));
    };
  }

  /** Numbers are written as numbers or as text, missing values as null or "" or a list of none. */
  private static String json(Map<String, List<String>> event, SplittableRandom random) {
    return event.entrySet().stream()
        .map(e -> "\"" + e.getKey() + "\":" + json(e.getKey(), e.getValue(), random))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String json(String column, List<String> values, SplittableRandom random) {
    List<String> elements = values.stream().map(v -> scalar(v, random)).toList();
    if (column.equals("tags") && random.nextBoolean()) {
      return elements.toString();
    }
    if (values.isEmpty()) {
      return random.nextBoolean() ? "null" : "\"\"";
    }
    return values.size() == 1 ? elements.get(0) : quoted(String.join("|", values));
  }

  private static String scalar(String value, SplittableRandom random) {
    return value.matches("-?[0-9.]+(E-?[0-9]+)?") && random.nextBoolean() ? value : quoted(value);
  }

  private static String quoted(String value) {
    return "\"" + value.replace("\"", "\\\"") + "\"";
  }

  private static String table(
      List<String> columns, List<Map<String, List<String>>> events, String delimiter) {
    StringBuilder text = new StringBuilder(String.join(delimiter, columns)).append('\n');
    for (Map<String, List<String>> event : events) {
      text.append(
              columns.stream()
                  .map(column -> String.join("|", event.get(column)))
                  .map(v -> delimiter.equals(",") ? "\"" + v.replace("\"", "\"\"") + "\"" : v)
                  .collect(Collectors.joining(delimiter)))
          .append('\n');
    }
    return text.toString();
  }

  private List<String> fromFile(String name, String text) throws IOException {
    Path events = Files.writeString(folder.resolve(name), text);
    Path output = folder.resolve("scores.csv");
    new FileScorer(follower.current().orElseThrow(), EventLimits.DEFAULT, line -> {})
        .score(List.of(EventInput.of(events)), null, output);
    return Files.readAllLines(output).stream()
        .skip(1)
        .map(line -> line.substring(0, line.indexOf(',')))
        .map(p -> p.isEmpty() ? NONE : bits(Float.parseFloat(p)))
        .toList();
  }

  private List<String> overHttp(String body) throws Exception {
    String answer = HttpCalls.post(server, body);
    assertThat(answer).startsWith("200 ");
    List<String> predictions = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(answer.substring(4))) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.FIELD_NAME && parser.currentName().equals("prediction")) {
          predictions.add(
              parser.nextToken() == JsonToken.VALUE_NULL ? NONE : bits(parser.getFloatValue()));
        }
      }
    }
    return predictions;
  }

  private static String bits(float p) {
    return Integer.toHexString(Float.floatToIntBits(p));
  }
}
