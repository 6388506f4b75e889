package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.EventLimits;
import io.millrace.metric.Metrics;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.Scorer;
import io.millrace.serving.SmallModel;
import io.millrace.serving.request.Candidates;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.UpdateHeader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: every path, status, content type and key of real answers is in the OpenAPI document; and
 * whatever the document promises is the answer to some request.
 */
class OpenApiTest {

  private static final String EVENT =
      "{\"x\": 1.5, \"y\": 2, \"site\": \"a\", \"user\": \"u1\", \"tags\": [\"t\", \"u\"]}";
  private static final String TOKEN = "a-token-to-score";
  private static final String ADMIN = "a-token-of-admins";
  private static final List<String> SCORING =
      List.of("/v1/score", "/v1/models/{arm}:score", "/score");

  @TempDir Path folder;

  private ServedArms arms;
  private ScoringServer server;
  private OpenApi document;
  private String token = TOKEN;

  @BeforeEach
  void start() throws Exception {
    document =
        new OpenApi(
            Files.readAllBytes(
                Path.of("src/main/resources/io/millrace/serving/http/openapi.json")));
    arms = new ServedArms(folder, ModelFollower::new, Optional.empty(), Optional.empty());
    HttpLimits limits =
        new HttpLimits(
            4_000,
            1_000,
            4_000,
            1 << 20,
            1 << 20,
            100,
            10,
            50,
            Duration.ofSeconds(10),
            Duration.ofMillis(300),
            Duration.ofSeconds(60));
    server =
        new ScoringServer(
            arms,
            new ServerOptions(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                1,
                EventLimits.DEFAULT,
                Optional.empty(),
                new Tokens(Optional.of(TOKEN), Optional.of(ADMIN)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()),
            limits);
  }

  @AfterEach
  void stop() {
    server.close();
    arms.close();
  }

  @Test
  void theDocumentIsWhatTheServerDoes() throws Exception {
    Set<String> routes =
        Arrays.stream(Route.values())
            .map(route -> (route.accepts("GET") ? "GET " : "POST ") + route.template())
            .collect(Collectors.toSet());
    assertThat(document.operations()).isEqualTo(routes);
    call("GET", "/health/ready", "/health/ready", null, 503);
    call("GET", "/version", "/version", null, 503);
    publish(1);
    publish(2);
    arms.follow(Duration.ofMillis(5));
    for (int i = 0; i < 2_000 && arms.all().isEmpty(); i++) {
      Thread.sleep(5);
    }
    scores();
    models();
    status();
    float32();
    update();
    token = ADMIN;
    call("POST", "/v1/models/{arm}:unpin", "/v1/models/learned:unpin", "", 200);
    assertThat(document.unseen()).isEmpty();
  }

  private void publish(long version) throws IOException {
    Origin plain = SmallModel.origin(version);
    Metrics metrics = new Metrics(100, 10, .7, .3, .9, 1.1);
    Origin measured =
        new Origin(
            plain.arm(),
            0,
            version,
            1000,
            2000,
            320,
            new Origin.ClosedWindow(0, 1000, metrics),
            plain.maps(),
            null);
    try (ClickModel model = SmallModel.train(3)) {
      PublishedModel content = PublishedModel.copyOf(SmallModel.SCHEMA, model);
      ModelFolder.publish(folder.resolve("models/learned"), content, measured, 3);
    }
  }

  private void scores() throws Exception {
    String lacks = "{\"x\": 1.5, \"site\": \"a\", \"colour\": \"b\"}";
    String[] bodies = {
      "{\"candidates\": [" + EVENT + ", " + lacks + "]}",
      "{\"context\": {\"site\": \"a\"}, \"candidates\": [" + EVENT + "]}",
    };
    for (String path : SCORING.subList(0, 2)) {
      call("POST", path, path.replace("{arm}", "learned"), bodies[0], 200);
      call("POST", path, path.replace("{arm}", "learned") + "?missing=allow", bodies[0], 200);
      call("POST", path, path.replace("{arm}", "learned"), bodies[1], 400);
    }
    call("POST", "/score", "/score", EVENT, 200);
    call("POST", "/score", "/score", "[" + EVENT + ", {\"x\": \"much\"}]", 200);
    call("POST", "/score", "/score", "{}", 400);
    for (String template : SCORING) {
      String path = template.replace("{arm}", "learned");
      String other =
          template.contains("{arm}") ? template.replace("{arm}", "other") : path + "?arm=other";
      call("POST", template, other, "{\"candidates\": []}", 404);
      call("POST", template, path, " ".repeat(5_000), 413);
      coded(template, path);
      slow(template, path);
      token = "no-such-token-here";
      call("POST", template, path, EVENT, 401);
      token = TOKEN;
    }
  }

  private void coded(String template, String path) throws Exception {
    HttpRequest.Builder request = authorized(path).header("Content-Encoding", "br");
    HttpRequest sent = request.POST(HttpRequest.BodyPublishers.ofString(EVENT)).build();
    compare("POST " + template, HttpCalls.response(sent), 415);
  }

  /** A body that does not come is 408; without any arm, 503 needs a server of its own. */
  private void slow(String template, String path) throws Exception {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      String head =
          "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nAuthorization: Bearer ";
      client.getOutputStream().write((head + TOKEN + "\r\n\r\n{").getBytes(StandardCharsets.UTF_8));
      String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 408 ");
      byte[] body =
          answer.substring(answer.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.UTF_8);
      assertThat(document.compare("POST " + template, 408, "application/json", body)).isEmpty();
    }
    Reply busy = Reply.error(503, "busy");
    assertThat(document.compare("POST " + template, 503, busy.type(), busy.body())).isEmpty();
  }

  private void models() throws Exception {
    String model = "/v1/models/{arm}";
    String activate = "/v1/models/{arm}/{version}:activate";
    String unpin = "/v1/models/{arm}:unpin";
    call("GET", "/v1/models", "/v1/models", null, 200);
    call("GET", model, "/v1/models/learned", null, 200);
    call("GET", model, "/v1/models/other", null, 404);
    call("POST", activate, "/v1/models/learned/1:activate", "", 403);
    call("POST", unpin, "/v1/models/learned:unpin", "", 403);
    token = "no-such-token-here";
    call("GET", "/v1/models", "/v1/models", null, 401);
    call("GET", model, "/v1/models/learned", null, 401);
    call("POST", activate, "/v1/models/learned/1:activate", "", 401);
    call("POST", unpin, "/v1/models/learned:unpin", "", 401);
    token = ADMIN;
    call("POST", activate, "/v1/models/learned/first:activate", "", 400);
    call("POST", activate, "/v1/models/learned/9:activate", "", 404);
    call("POST", unpin, "/v1/models/other:unpin", "", 404);
    call("POST", activate, "/v1/models/learned/2:activate", "", 200);
    refusedArm(model);
    Files.writeString(folder.resolve("models/learned/v000001/model.safetensors"), "x");
    call("POST", activate, "/v1/models/learned/1:activate", "", 409);
    call("GET", model, "/v1/models/learned", null, 200);
    token = TOKEN;
  }

  /** An arm that cannot be loaded is listed all the same. */
  private void refusedArm(String model) throws Exception {
    Path bad = Files.createDirectories(folder.resolve("models/bad"));
    Files.writeString(bad.resolve("LATEST"), "v000001\n");
    for (int i = 0; i < 2_000 && arms.refused().isEmpty(); i++) {
      Thread.sleep(5);
    }
    call("GET", "/v1/models", "/v1/models", null, 200);
    call("GET", model, "/v1/models/bad", null, 200);
    Files.delete(bad.resolve("LATEST"));
    for (int i = 0; i < 2_000 && !arms.refused().isEmpty(); i++) {
      Thread.sleep(5);
    }
  }

  private void status() throws Exception {
    for (String path : List.of("/health", "/health/live", "/health/ready", "/version")) {
      call("GET", path, path, null, 200);
    }
    for (String path : List.of("/metrics", "/openapi.json")) {
      call("GET", path, path, null, 200);
    }
    call("GET", "/version", "/version?arm=other", null, 404);
    call("GET", "/version", "/version?name=other", null, 400);
    token = "no-such-token-here";
    for (String path : List.of("/version", "/metrics", "/openapi.json")) {
      call("GET", path, path, null, 401);
    }
    token = TOKEN;
  }

  private void float32() throws Exception {
    for (String template : SCORING.subList(0, 2)) {
      HttpRequest request =
          authorized(template.replace("{arm}", "learned"))
              .header("Accept", ScoreAnswer.FLOATS)
              .POST(HttpRequest.BodyPublishers.ofString("{\"candidates\": [" + EVENT + "]}"))
              .build();
      compare("POST " + template, HttpCalls.response(request), 200);
    }
  }

  /** A model with an update names it in every answer that says what scores. */
  private void update() throws IOException {
    LoadedModel plain = arms.all().get(0).current().orElseThrow().model();
    UpdateHeader header = new UpdateHeader("learned", 7, 9, 8, 2, 3, 2_000, 400);
    LoadedModel updated =
        new LoadedModel(plain.folder(), plain.manifest(), plain.model(), Optional.of(header));
    Reply answer =
        new ScoreAnswer(new Scorer(updated), Candidates.of(List.of()), 5_000)
            .reply(false, new HeldOutput(1 << 20, "", (before, more) -> {}));
    assertThat(new String(answer.body(), StandardCharsets.UTF_8))
        .contains("\"update\":{\"epoch\":7,\"interval\":9}", "\"age_seconds\":3.000,");
    assertThat(document.compare("POST /v1/score", 200, answer.type(), answer.body())).isEmpty();
    for (String other : List.of("Version", "Model")) {
      document.seen(other + ".update", other + ".update.epoch", other + ".update.interval");
    }
    document.seen("Model.waits_for"); // needs a topic of updates with a gap
  }

  private HttpRequest.Builder authorized(String path) {
    return HttpCalls.request(server, path).header("Authorization", "Bearer " + token);
  }

  private void call(String method, String template, String path, String body, int status)
      throws Exception {
    HttpRequest.BodyPublisher sent =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    HttpRequest request = authorized(path).method(method, sent).build();
    compare(method + " " + template, HttpCalls.response(request), status);
  }

  private void compare(String operation, HttpResponse<byte[]> answer, int status)
      throws IOException {
    assertThat(answer.statusCode()).as(operation).isEqualTo(status);
    String type = answer.headers().firstValue("Content-Type").orElse("none");
    assertThat(document.compare(operation, status, type, answer.body())).isEmpty();
  }
}
