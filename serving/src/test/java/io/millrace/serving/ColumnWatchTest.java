package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.EventLimits;
import io.millrace.file.EventInput;
import io.millrace.format.EventFileException;
import io.millrace.serving.http.HttpCalls;
import io.millrace.serving.http.ScoringServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Columns that events lack are named, by files and over HTTP. */
class ColumnWatchTest {

  private static final String ALL = "(site, user, tags, x, y)";
  private static final String EVENT = "{\"site\":\"a\",\"x\":1}";

  @TempDir Path folder;

  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void publish() throws IOException {
    SmallModel.publish(folder.resolve("arm"), 1, 2);
  }

  /** Law: a file says once which columns it lacks, by its header or by all its events. */
  @Test
  void aFileNamesTheColumnsThatItLacks() throws IOException {
    assertThat(score("e.csv", "site,x,usr,tags,y,click\na,1,u,t,2,1\n"))
        .isEqualTo(new FileScorer.Totals(1, 0, List.of()));
    score("e.jsonl", EVENT + "\n{\"site\":null,\"tag\":[\"t\"],\"time\":7}\n");
    Path csv = folder.resolve("e.csv");
    Path jsonl = folder.resolve("e.jsonl");
    assertThat(warnings)
        .containsExactly(
            "the column user of the model is not in the header of "
                + csv
                + " and counts as missing; keys that the model does not read: usr; did you mean"
                + " 'usr' for 'user'?",
            "the key 'tag' is no column of the model; did you mean 'tags'?",
            "the columns user, tags, y of the model are in none of the 2 events of "
                + jsonl
                + " and count as missing; keys that the model does not read: tag; did you mean"
                + " 'tag' for 'tags'?");
  }

  /** Law: a file without any column of the model is an error; so is each event without one. */
  @Test
  void aFileWithoutAnyColumnIsAnError() throws IOException {
    String rule = " must have a column of the model " + ALL + " but has none; ";
    for (String file : List.of("e.csv", "e.tsv")) {
      assertThatThrownBy(() -> score(file, "time\n7\n"))
          .isInstanceOf(EventFileException.class)
          .hasMessage(folder.resolve(file) + rule + "there are no other keys");
    }
    assertThatThrownBy(() -> score("e.jsonl", "{\"sit\":1}\n{}\n"))
        .isInstanceOf(EventFileException.class)
        .hasMessage(
            folder.resolve("e.jsonl")
                + rule
                + "keys that the model does not read: sit; did you mean 'sit' for 'site'?");
    assertThat(score("e.jsonl", "{\"sit\":1}\n" + EVENT + "\n{}\n"))
        .isEqualTo(new FileScorer.Totals(1, 2, List.of()));
    assertThat(Files.readAllLines(folder.resolve("scores.csv")))
        .element(1)
        .isEqualTo(
            ",1,3,\"no_column: no column of the model "
                + ALL
                + " is in the event; its keys are sit; did you mean 'site'?\"");
  }

  /** Law: over HTTP a single event without any column is status 400, one of a list an error. */
  @Test
  void anEventWithoutAnyColumnIsNotScored() throws Exception {
    String fault = "no column of the model " + ALL + " is in the event; ";
    String shapes = "; a request is an event or a list of them\"}";
    try (ModelFollower follower = new ModelFollower(folder.resolve("arm"));
        ScoringServer server =
            new ScoringServer(
                follower, InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT)) {
      assertThat(HttpCalls.post(server, "{\"instances\":[" + EVENT + "]}"))
          .isEqualTo("400 {\"error\":\"" + fault + "its keys are instances" + shapes);
      assertThat(HttpCalls.post(server, "{\"sitee\":\"a\"}"))
          .isEqualTo(
              "400 {\"error\":\"" + fault + "its keys are sitee; did you mean 'site'?" + shapes);
      assertThat(HttpCalls.post(server, "{}"))
          .isEqualTo("400 {\"error\":\"" + fault + "it has no keys" + shapes);
      assertThat(HttpCalls.post(server, "[{}," + EVENT + ",{\"x\":\"oops\"}]"))
          .startsWith("200 [{\"prediction\":null,\"error\":\"no_column: " + fault)
          .contains("{\"prediction\":0.");
      assertThat(HttpCalls.post(server, "{\"sitee\":\"a\",\"x\":1}")).startsWith("200 ");
      assertThat(HttpCalls.get(server, "/metrics"))
          .startsWith("200 ")
          .contains("\nmillrace_serving_requests_total{path=\"/score\",status=\"200\"} 2\n")
          .contains("\nmillrace_serving_requests_total{path=\"/score\",status=\"400\"} 3\n")
          .contains("\nmillrace_serving_events_total{result=\"no_column\"} 4\n")
          .contains("\nmillrace_serving_events_total{result=\"scored\"} 2\n")
          .contains("\nmillrace_serving_events_total{result=\"wrong_type\"} 1\n")
          .contains("\nmillrace_serving_events_lacking_total{arm=\"learned\",column=\"site\"} 5\n")
          .contains("\nmillrace_serving_events_misspelt_total{arm=\"learned\"} 1\n");
    }
  }

  /** Law: a misspelt key is named once, and not where its column is there too. */
  @Test
  void aMisspeltKeyIsNamedOnce() {
    ColumnWatch watch = new ColumnWatch(SmallModel.SCHEMA, "", warnings::add);
    assertThat(watch.note(Set.of("site", "sitee"))).isTrue();
    assertThat(watch.note(Set.of("x", "sitee", "colour"))).isTrue();
    assertThat(watch.note(Set.of("y", "sitee"))).isTrue();
    assertThat(watch.note(Set.of("sitee", "click", "time"))).isFalse();
    assertThat(warnings)
        .containsExactly("the key 'sitee' is no column of the model; did you mean 'site'?");
    assertThat(watch.misspelt()).isEqualTo(2);
  }

  /** Law: columns that the first events lacked are named once; memory and lines are bounded. */
  @Test
  void theFirstEventsDecide() {
    ColumnWatch watch = new ColumnWatch(SmallModel.SCHEMA, "", warnings::add);
    for (int i = 0; i < 2 * ColumnWatch.FIRST; i++) {
      watch.note(Set.of("site", "user", "tags", "x", "key" + i));
      if (i < ColumnWatch.FIRST - 1) {
        assertThat(warnings).isEmpty();
      }
    }
    watch.end();
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0))
        .startsWith("the column y of the model is in none of the first 10000 events and counts")
        .endsWith(", key11 and 988 more");
  }

  /** Law: nested keys count where a column is a path. */
  @Test
  void nestedKeysArePaths() throws IOException {
    EventKeys keys = new EventKeys(List.of("user.home.id", "x"));
    String line =
        "{\"x\":{\"a\":1},\"user\":{\"home\":{\"id\":1},\"age\":{\"b\":1}},\"y\":[{\"c\":1}]}";
    assertThat(keys.of(line.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .containsExactly("x", "user", "user.home", "user.home.id", "user.age", "y");
  }

  private FileScorer.Totals score(String name, String text) throws IOException {
    Path events = Files.writeString(folder.resolve(name), text);
    try (ModelFollower follower = new ModelFollower(folder.resolve("arm"))) {
      return new FileScorer(follower.current().orElseThrow(), EventLimits.DEFAULT, warnings::add)
          .score(List.of(EventInput.of(events)), null, folder.resolve("scores.csv"));
    }
  }
}
