package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.format.BinaryEventCodec;
import io.millrace.format.EventDecoder;
import io.millrace.format.ValueListener;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.SmallModel;
import io.millrace.serving.request.BinaryCandidates;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests with a context and candidates. */
class CandidatesTest {

  private static final List<String> EVENTS =
      List.of(
          "{\"x\": 1.5, \"y\": 2, \"site\": \"a\", \"user\": \"u1\", \"tags\": [\"t\", \"u\"]}",
          "{\"x\": 1.5, \"y\": 3, \"site\": \"b\", \"user\": \"u1\", \"tags\": null}",
          "{\"x\": 1.5, \"y\": null, \"site\": \"c\", \"user\": \"u1\", \"tags\": []}");

  private static final String CONTEXT = "{\"user\": \"u1\", \"x\": 1.5}";

  private static final List<String> CANDIDATES =
      List.of(
          "{\"y\": 2, \"site\": \"a\", \"tags\": [\"t\", \"u\"]}",
          "{\"tags\": null, \"y\": 3, \"site\": \"b\"}",
          "{\"y\": null, \"site\": \"c\", \"tags\": []}");

  private static final String STATE =
      "200 {\"arm\":\"learned\",\"model_version\":1,\"map_version\":3,\"learned_until\":"
          + "\"1970-01-01T00:00:02Z\",\"age_seconds\":";

  @TempDir Path folder;

  private ModelFollower follower;
  private ScoringServer server;

  @BeforeEach
  void start() throws IOException {
    SmallModel.publish(folder.resolve("arm"), 1, 10);
    follower = new ModelFollower(folder.resolve("arm"));
    server =
        new ScoringServer(follower, InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT);
  }

  @AfterEach
  void stop() {
    server.close();
    follower.close();
  }

  private String v1(String body) throws Exception {
    return HttpCalls.post(server, "/v1/score", body);
  }

  /** A prediction as {@code /score} answers it. */
  private String alone(String event) throws Exception {
    return HttpCalls.post(server, event).replaceFirst(".*\"prediction\":([^,]*),.*", "$1");
  }

  /**
   * Law: a column in the context counts as if it were in each candidate; predictions are those of
   * {@code /score}, in the order of the candidates: to the bit if the context has no column, else
   * to 1e-6, and they do not depend on the other candidates or on the order of the request.
   */
  @Test
  void aContextIsPartOfEachCandidate() throws Exception {
    List<String> whole = List.of(alone(EVENTS.get(0)), alone(EVENTS.get(1)), alone(EVENTS.get(2)));
    String same = "\"predictions\":[" + String.join(",", whole) + "]}";
    assertThat(v1("{\"candidates\": [" + String.join(",", EVENTS) + "]}"))
        .startsWith(STATE)
        .endsWith(same);
    assertThat(v1("{\"context\": {}, \"candidates\": [" + String.join(",", EVENTS) + "]}"))
        .endsWith(same);
    String context = "\"context\": " + CONTEXT;
    String candidates = "\"candidates\": [" + String.join(", ", CANDIDATES) + "]";
    String answer = v1("{" + context + ", " + candidates + "}");
    assertThat(answer).startsWith(STATE);
    String[] predictions = predictions(answer).split(",");
    assertThat(predictions).hasSize(3);
    for (int c = 0; c < predictions.length; c++) {
      assertThat(Float.parseFloat(predictions[c]))
          .isCloseTo(Float.parseFloat(whole.get(c)), within(1e-6f));
      String only = "{" + context + ", \"candidates\": [" + CANDIDATES.get(c) + "]}";
      assertThat(predictions(v1(only))).isEqualTo(predictions[c]);
    }
    assertThat(predictions(v1("{" + candidates + ", " + context + "}")))
        .isEqualTo(predictions(answer));
    String mixed = "{" + context + ", " + candidates.replace("[{", "[7, {") + "}";
    assertThat(v1(mixed)).contains("\"predictions\":[null," + predictions(answer) + "]");
    assertThat(v1("{\"candidates\": [], \"context\": {}}")).endsWith("\"predictions\":[]}");
  }

  /** Law: an event whose prediction is not finite is a fault, named and counted, in every form. */
  @Test
  void aPredictionThatIsNotFiniteIsAFault() throws Exception {
    SmallModel.publishOverflowing(folder.resolve("arm"), 2);
    assertThat(follower.refresh()).isTrue();
    String large = EVENTS.get(0).replace("\"x\": 1.5", "\"x\": 3e38");
    String fault = "not_finite: the prediction must be finite but is not; values of the event are";
    assertThat(HttpCalls.post(server, large))
        .startsWith("200 {\"prediction\":null,\"error\":\"" + fault);
    assertThat(v1("{\"candidates\": [" + EVENTS.get(1) + "," + large + "]}"))
        .containsPattern("\"predictions\":\\[0\\.\\d+,null]")
        .contains(
            "\"errors\":[{\"candidates\":[1],\"reason\":\"not_finite\",\"message\":\"the pred");
    assertThat(HttpCalls.post(server, "/v1/score", "{\"candidates\": [" + large + "]}"))
        .startsWith("400 {\"error\":\"no candidate can be scored; the first: " + fault);
    assertThat(HttpCalls.get(server, "/metrics"))
        .contains("millrace_serving_events_total{result=\"not_finite\"} 3\n");
  }

  private static String predictions(String answer) {
    return answer.replaceFirst(".*\"predictions\":\\[(.*)]}", "$1");
  }

  /**
   * Law: an event that lacks a column, or has a key that no column has, is an error that names it;
   * equal errors are there once; the other candidates are scored.
   */
  @Test
  void missingAndUnknownKeysAreErrors() throws Exception {
    String good = EVENTS.get(0);
    String lacks = good.replace("\"user\"", "\"usr\"");
    assertThat(v1("{\"candidates\": [" + lacks + "," + good + "," + lacks + ", 7]}"))
        .contains("\"predictions\":[null," + alone(good) + ",null,null]")
        .contains(
            "\"errors\":[{\"candidates\":[0,2],\"reason\":\"wrong_columns\",\"missing\":[\"user\"],"
                + "\"unknown\":[\"usr\"],\"message\":\"")
        .contains("did you mean 'user' by 'usr'?; ?missing=allow scores with what is there\"}")
        .contains("{\"candidates\":[3],\"reason\":\"not_parseable\",\"message\":\"a candidate must")
        .doesNotContain("warnings");
    assertThat(v1("{\"candidates\": [{}]}"))
        .startsWith("400 {\"error\":\"no candidate can be scored; the first: no_column: no column")
        .contains("\"errors\":[{\"candidates\":[0],\"reason\":\"no_column\",\"missing\":[\"site\"");
    assertThat(v1("{\"context\": {\"site\": \"a\"}, \"candidates\": [" + good + "]}"))
        .startsWith("400 ")
        .contains("\"repeated\":[\"site\"]", "but these are in both: site");
    assertThat(v1("{\"candidates\": [" + good.replace("{", "{\"click\": 1, \"time\": 2,") + "]}"))
        .startsWith("200 ")
        .doesNotContain("errors");
  }

  /** Law: {@code ?missing=allow} scores as {@code /score} does, and lists what was missing. */
  @Test
  void missingColumnsCanBeAllowed() throws Exception {
    String some = "{\"site\": \"a\", \"colour\": 1}";
    String answer =
        HttpCalls.post(server, "/v1/score?missing=allow", "{\"candidates\": [" + some + "]}");
    assertThat(answer)
        .contains("\"predictions\":[" + alone(some) + "]")
        .endsWith(
            ",\"warnings\":[{\"candidates\":[0],\"missing\":[\"user\",\"tags\",\"x\",\"y\"],"
                + "\"unknown\":[\"colour\"]}]}");
    assertThat(HttpCalls.post(server, "/v1/score?missing=allow", "{\"candidates\": [{\"a\": 1}]}"))
        .startsWith("400 {\"error\":\"no candidate can be scored; the first: no_column: ");
    assertThat(HttpCalls.post(server, "/v1/score?missing=yes", "{}"))
        .isEqualTo("400 {\"error\":\"missing must be allow, or left out, but was yes\"}");
    assertThat(HttpCalls.post(server, "/v1/score?mising=allow", "{}"))
        .isEqualTo("400 {\"error\":\"a query may have [arm, missing] but has 'mising'\"}");
  }

  /** Law: a request of another shape is status 400, and the error says which shape it must have. */
  @Test
  void otherShapesAreNamed() throws Exception {
    assertThat(v1("[]"))
        .startsWith("400 {\"error\":\"a request must be an object {\\\"context\\\"");
    assertThat(v1(EVENTS.get(0))).startsWith("400 ").contains("but has 'x'; columns belong");
    assertThat(v1("{}"))
        .isEqualTo("400 {\"error\":\"a request must have a list 'candidates' but has none\"}");
    assertThat(v1("{\"candidates\": {}}"))
        .contains("'candidates' is something else or there twice");
    assertThat(v1("{\"context\": {}, \"context\": {}, \"candidates\": []}"))
        .contains("'context' is something else or there twice");
    assertThat(v1("{\"candidates\": [")).startsWith("400 {\"error\":\"not valid JSON");
    assertThat(v1("{\"candidates\": []} {}")).contains("there must be nothing after");
    assertThat(v1("{\"context\": {\"x\": \"much\"}, \"candidates\": [{}]}"))
        .startsWith("400 {\"error\":\"the context is wrong: wrong_type: x must be a number");
    assertThat(v1("{\"candidates\": [" + "{},".repeat(10_000) + "{}]}"))
        .isEqualTo("413 {\"error\":\"a request must have at most 10000 candidates\"}");
  }

  /**
   * Law: events in the binary form get the predictions of their JSON; the answer is JSON, or
   * float32 alone with NaN for an event that cannot be read.
   */
  @Test
  void binaryEventsScoreAlike() throws Exception {
    byte[] records = records(EVENTS);
    HttpRequest.Builder request =
        HttpCalls.request(server, "/v1/score").header("Content-Type", BinaryCandidates.TYPE);
    String json =
        HttpCalls.send(request.POST(HttpRequest.BodyPublishers.ofByteArray(records)).build());
    assertThat(json)
        .startsWith(STATE)
        .contains("\"predictions\":[" + alone(EVENTS.get(0)) + "," + alone(EVENTS.get(1)) + ",");
    byte[] broken = records.clone();
    broken[5] = 9; // the version of the first record
    request.header("Accept", ScoreAnswer.FLOATS);
    ByteBuffer floats =
        ByteBuffer.wrap(
                HttpCalls.bytes(
                    request.POST(HttpRequest.BodyPublishers.ofByteArray(broken)).build()))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(floats.remaining()).isEqualTo(12);
    assertThat(floats.getFloat(0)).isNaN();
    assertThat(String.valueOf(floats.getFloat(8))).isEqualTo(alone(EVENTS.get(2)));
    broken[0]--;
    assertThat(HttpCalls.send(request.POST(HttpRequest.BodyPublishers.ofByteArray(broken)).build()))
        .startsWith("400 {\"error\":\"each event must be its length, an int of 4 bytes");
  }

  private static byte[] records(List<String> events) throws IOException {
    EventLimits limits = EventLimits.DEFAULT;
    EventDecoder json =
        EventDecoder.json(
            SmallModel.SCHEMA.toScore(limits.minTime()), limits, ValueListener.none());
    BinaryEventCodec codec = new BinaryEventCodec(SmallModel.SCHEMA, limits);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String event : events) {
      byte[] text = event.getBytes(StandardCharsets.UTF_8);
      byte[] record = codec.encode((ClickEvent) json.decode(text, 0, text.length, 0));
      out.write(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(record.length).array());
      out.write(record);
    }
    return out.toByteArray();
  }
}
