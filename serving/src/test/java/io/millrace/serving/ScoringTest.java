package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.CategoricalField;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.file.EventInput;
import io.millrace.serving.http.HttpCalls;
import io.millrace.serving.http.ScoringServer;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.PublishedModel;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and requests in, predictions out, while versions change. */
class ScoringTest {

  private static final String CSV =
      """
      time,click,x,y,site,user,tags
      1700000000000,,1.5,2,a,u1,t|u
      1700000000000,1,oops,2,a,u1,t
      1700000000000,0,1.5,2,a,u1,t|u
      """;

  @TempDir Path folder;

  @BeforeEach
  void publishFirst() throws IOException {
    publish(1, 10);
  }

  private void publish(long version, int steps) throws IOException {
    SmallModel.publish(folder.resolve("arm"), version, steps);
  }

  /**
   * Law: the output has one line per row, in order; labels are ignored; a row that cannot be read
   * has a reason.
   */
  @Test
  void scoresAFileInOrder() throws IOException {
    Path events = Files.writeString(folder.resolve("events.csv"), CSV);
    Path output = folder.resolve("scores.csv");
    Scorer scorer = new Scorer(ModelFolder.open(folder.resolve("arm")));
    FileScorer.Totals totals =
        new FileScorer(scorer, EventLimits.DEFAULT, line -> {})
            .score(List.of(EventInput.of(events)), null, output);
    assertThat(totals).isEqualTo(new FileScorer.Totals(2, 1, List.of()));
    List<String> lines = Files.readAllLines(output);
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).isEqualTo("prediction,model_version,map_version,reason");
    assertThat(lines.get(1)).matches("0\\.\\d+(E-\\d+)?,1,3,").isEqualTo(lines.get(3));
    assertThat(lines.get(2)).startsWith(",1,3,\"wrong_type: x must be a number");
  }

  /** Law: a row whose prediction is not finite has none, and a reason. */
  @Test
  void aPredictionThatIsNotFiniteIsNone() throws IOException {
    SmallModel.publishOverflowing(folder.resolve("arm"), 2);
    Path events =
        Files.writeString(folder.resolve("events.csv"), CSV.replaceFirst(",1.5,", ",3e38,"));
    Path output = folder.resolve("scores.csv");
    Scorer scorer = new Scorer(ModelFolder.open(folder.resolve("arm")));
    FileScorer.Totals totals =
        new FileScorer(scorer, EventLimits.DEFAULT, line -> {})
            .score(List.of(EventInput.of(events)), null, output);
    assertThat(totals).isEqualTo(new FileScorer.Totals(1, 2, List.of()));
    assertThat(Files.readAllLines(output).get(1)).startsWith(",2,3,\"not_finite: the prediction");
  }

  /** Law: a file without a label column scores as one with it. */
  @Test
  void theLabelColumnMayBeAbsent() throws IOException {
    Scorer scorer = new Scorer(ModelFolder.open(folder.resolve("arm")));
    String[] texts = {CSV, CSV.replaceAll("(?m)^([^,]*),[^,]*,", "$1,")};
    List<List<String>> scores = new ArrayList<>();
    for (String text : texts) {
      Path events = Files.writeString(folder.resolve("events.csv"), text);
      Path output = folder.resolve("scores.csv");
      new FileScorer(scorer, EventLimits.DEFAULT, line -> {})
          .score(List.of(EventInput.of(events)), null, output);
      scores.add(Files.readAllLines(output));
    }
    assertThat(texts[1]).doesNotContain("click");
    assertThat(scores.get(1)).isEqualTo(scores.get(0));
  }

  /**
   * Law: the server predicts as the file scorer does, for one event or many, and reports a wrong
   * event.
   */
  @Test
  void answersOverHttp() throws Exception {
    Path events = Files.writeString(folder.resolve("events.csv"), CSV);
    Path output = folder.resolve("scores.csv");
    try (ModelFollower follower = new ModelFollower(folder.resolve("arm"));
        ScoringServer server =
            new ScoringServer(
                follower, InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT)) {
      new FileScorer(follower.current().orElseThrow(), EventLimits.DEFAULT, line -> {})
          .score(List.of(EventInput.of(events)), null, output);
      String p = Files.readAllLines(output).get(1).split(",", -1)[0];
      String event =
          "{\"x\": 1.5, \"y\": 2, \"site\": \"a\", \"user\": \"u1\", \"tags\": [\"t\", \"u\"]}";
      String one = "{\"prediction\":" + p + ",\"model_version\":1,\"map_version\":3}";
      assertThat(HttpCalls.post(server, event)).isEqualTo("200 " + one);
      assertThat(HttpCalls.post(server, "[" + event + ", " + event + "]"))
          .isEqualTo("200 [" + one + "," + one + "]");
      assertThat(HttpCalls.post(server, "[]")).isEqualTo("200 []");
      assertThat(HttpCalls.post(server, "[{\"x\": \"oops\"}, 7]"))
          .startsWith("200 [{\"prediction\":null,\"error\":\"wrong_type: x must be a number")
          .contains("an event must be a JSON object");
      assertThat(HttpCalls.post(server, "{\"x\": ")).startsWith("400 {\"error\":\"not valid JSON");
      assertThat(HttpCalls.post(server, "3")).startsWith("400 ");
      assertThat(HttpCalls.get(server, "/health")).isEqualTo("200 {\"status\":\"ok\"}");
      assertThat(HttpCalls.get(server, "/version"))
          .startsWith("200 {\"arm\":\"learned\",\"model_version\":1,\"map_version\":3");
      assertThat(HttpCalls.get(server, "/score")).startsWith("405 ");
      assertThat(HttpCalls.get(server, "/scores")).startsWith("404 ");
    }
  }

  /**
   * Law: what means missing, and which numbers are one id, is published with the model: a file and
   * a request are read as the events that were learned.
   */
  @Test
  void theModelSaysHowIdsAreRead() throws Exception {
    Schema small = SmallModel.SCHEMA;
    List<CategoricalField> fields = new ArrayList<>(small.fields());
    fields.set(1, new CategoricalField("user", "user", "", 1000, true));
    Schema rules = new Schema(small.dense(), fields, small.label(), small.time(), List.of("NA"));
    try (ClickModel model = SmallModel.train(10)) {
      ModelFolder.publish(
          folder.resolve("arm"), PublishedModel.copyOf(rules, model), SmallModel.origin(2), 3);
    }
    Path output = folder.resolve("scores.csv");
    try (ModelFollower follower = new ModelFollower(folder.resolve("arm"));
        ScoringServer server =
            new ScoringServer(
                follower, InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT)) {
      String head = "time,click,x,y,site,user,tags\n1700000000000,,";
      List<String> predictions = new ArrayList<>();
      for (String cells : List.of("NA,2,a,7.0,NA|t", ",2,a,7,t")) {
        Path events = Files.writeString(folder.resolve("events.csv"), head + cells + "\n");
        new FileScorer(follower.current().orElseThrow(), EventLimits.DEFAULT, line -> {})
            .score(List.of(EventInput.of(events)), null, output);
        predictions.add(Files.readAllLines(output).get(1).split(",", -1)[0]);
      }
      assertThat(predictions.get(0)).isNotEmpty().isEqualTo(predictions.get(1));
      String event = "{\"x\":\"NA\",\"y\":2,\"site\":[\"a\"],\"user\":7e0,\"tags\":[\"NA\",\"t\"]}";
      assertThat(HttpCalls.post(server, event))
          .startsWith("200 {\"prediction\":" + predictions.get(0) + ",");
    }
  }

  /** Law: a new version replaces the old one; a damaged version does not. */
  @Test
  void followsWholeVersionsOnly() throws Exception {
    try (ModelFollower follower = new ModelFollower(folder.resolve("arm"))) {
      Scorer first = follower.current().orElseThrow();
      assertThat(follower.refresh()).isFalse();
      publish(2, 11);
      assertThat(follower.refresh()).isTrue();
      assertThat(follower.current().orElseThrow().model().version()).isEqualTo(2);
      assertThat(first.model().version()).isEqualTo(1);
      publish(3, 12);
      Path tensors = folder.resolve("arm/v000003").resolve(ModelFolder.TENSORS);
      byte[] bytes = Files.readAllBytes(tensors);
      bytes[bytes.length - 1] ^= 1;
      Files.write(tensors, bytes);
      assertThatThrownBy(follower::refresh)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("model.safetensors: damaged, its checksum must be ");
      assertThat(follower.current().orElseThrow().model().version()).isEqualTo(2);
      follower.follow(Duration.ofMillis(5));
      publish(3, 12);
      for (int i = 0; i < 1000 && follower.current().orElseThrow().model().version() != 3; i++) {
        Thread.sleep(5);
      }
      assertThat(follower.current().orElseThrow().model().version()).isEqualTo(3);
    }
  }

  /** Law: a follower, and a server, may start before the first version is there. */
  @Test
  void waitsForTheFirstVersion() throws Exception {
    Path arm = folder.resolve("later");
    try (ModelFollower follower = new ModelFollower(arm);
        ScoringServer server =
            new ScoringServer(
                follower, InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT)) {
      assertThat(follower.current()).isEmpty();
      assertThat(follower.refresh()).isFalse();
      String none = "503 {\"error\":\"no version of the model has been published yet\"}";
      assertThat(HttpCalls.post(server, "[]")).isEqualTo(none);
      assertThat(HttpCalls.get(server, "/version")).isEqualTo(none);
      assertThat(HttpCalls.get(server, "/health")).startsWith("200 ");
      SmallModel.publish(arm, 1, 10);
      assertThat(follower.refresh()).isTrue();
      assertThat(HttpCalls.post(server, "[]")).isEqualTo("200 []");
    }
  }
}
