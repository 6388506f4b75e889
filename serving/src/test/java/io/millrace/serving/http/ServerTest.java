package io.millrace.serving.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.EventLimits;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.SmallModel;
import io.millrace.serving.request.RequestException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the server does besides scoring: arms, readiness, tokens, codings, logs. */
class ServerTest {

  private static final String EVENT =
      "{\"x\": 1.5, \"y\": 2, \"site\": \"a\", \"user\": \"u1\", \"tags\": [\"t\", \"u\"]}";
  private static final String REQUEST = "{\"candidates\": [" + EVENT + "]}";
  private static final String TOKEN = "a-token-to-score";
  private static final String ADMIN = "a-token-of-admins";

  @TempDir Path folder;

  private ServedArms arms;
  private ScoringServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
      arms.close();
    }
  }

  private void publish(String arm, long version, int steps) throws IOException {
    SmallModel.publish(folder.resolve("run/models").resolve(arm), arm, version, steps);
  }

  private static ServerOptions options() {
    return ServerOptions.of(InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT);
  }

  private static ServerOptions options(Duration maxAge, Tokens tokens, ServerOptions.Tls tls) {
    ServerOptions any = options();
    return new ServerOptions(
        any.address(),
        2,
        any.events(),
        Optional.ofNullable(maxAge),
        tokens,
        Optional.ofNullable(tls),
        Optional.empty(),
        Optional.empty());
  }

  private ServedArms arms(String path, String preferred, String shadow) throws IOException {
    return new ServedArms(
        folder.resolve(path),
        ModelFollower::new,
        Optional.ofNullable(preferred),
        Optional.ofNullable(shadow));
  }

  private void start(ServedArms served, ServerOptions options) throws IOException {
    arms = served;
    arms.follow(Duration.ofMillis(5));
    server = new ScoringServer(arms, options);
  }

  private static void await(Check check) throws Exception {
    for (int i = 0; i < 2_000 && !check.holds(); i++) {
      Thread.sleep(5);
    }
    assertThat(check.holds()).isTrue();
  }

  /** Something that comes true. */
  @FunctionalInterface
  private interface Check {
    boolean holds() throws Exception;
  }

  /**
   * Law: a folder of a run means all its arms. A request names its arm, in the query or the path,
   * unless there is one alone or one was chosen.
   */
  @Test
  void aRunsFolderMeansItsArms() throws Exception {
    publish("full", 1, 5);
    publish("two-level", 4, 9);
    start(arms("run", null, null), options());
    assertThat(arms.described())
        .containsExactly(
            "serves the arms full, two-level of "
                + folder.resolve("run/models")
                + "; requests must name one with ?arm=NAME, or --arm NAME chooses it");
    String named = HttpCalls.post(server, "/v1/score?arm=two-level", REQUEST);
    assertThat(named).startsWith("200 {\"arm\":\"two-level\",\"model_version\":4,");
    assertThat(HttpCalls.post(server, "/v1/models/full:score", REQUEST))
        .startsWith("200 {\"arm\":\"full\",\"model_version\":1,");
    assertThat(HttpCalls.post(server, "/score?arm=full", EVENT))
        .startsWith("200 ")
        .contains("\"model_version\":1,");
    assertThat(HttpCalls.post(server, "/v1/score", REQUEST))
        .isEqualTo(
            "400 {\"error\":\"a request must name one of the arms [full, two-level] with"
                + " ?arm=NAME\"}");
    assertThat(HttpCalls.post(server, "/v1/score?arm=none", REQUEST))
        .isEqualTo("404 {\"error\":\"no arm is called 'none'; the arms are [full, two-level]\"}");
    publish("new", 1, 2);
    await(() -> HttpCalls.post(server, "/v1/score?arm=new", REQUEST).startsWith("200 "));
  }

  /**
   * Law: an arm that cannot be loaded keeps no other one out. It is named as refused, the server is
   * not ready, and the arm is taken in when it can be loaded.
   */
  @Test
  void aBadArmKeepsNoOtherOneOut() throws Exception {
    publish("bad", 1, 5);
    publish("full", 1, 5);
    Path tensors = folder.resolve("run/models/bad/v000001/model.safetensors");
    byte[] whole = Files.readAllBytes(tensors);
    Files.write(tensors, new byte[whole.length]);
    start(arms("run", null, null), options());
    assertThat(HttpCalls.post(server, "/v1/score?arm=full", REQUEST)).startsWith("200 ");
    String why = "the arm bad is refused: " + tensors + ": damaged, its checksum must be ";
    assertThat(HttpCalls.post(server, "/v1/score?arm=bad", REQUEST))
        .startsWith("503 {\"error\":\"" + why);
    assertThat(HttpCalls.get(server, "/health/ready"))
        .startsWith("503 {\"status\":\"not ready\",\"error\":\"" + why);
    assertThat(HttpCalls.get(server, "/v1/models"))
        .contains(
            "{\"arm\":\"full\",",
            "{\"arm\":\"bad\",\"preferred\":false,\"shadow\":false,\"refused\":");
    assertThat(arms.described()).anyMatch(line -> line.startsWith("warn  " + why));
    Files.write(tensors, whole);
    await(() -> HttpCalls.post(server, "/v1/score?arm=bad", REQUEST).startsWith("200 "));
    assertThat(HttpCalls.get(server, "/health/ready")).startsWith("200 ");
    Files.write(tensors, new byte[whole.length]);
    Files.write(folder.resolve("run/models/full/v000001/model.safetensors"), new byte[9]);
    assertThatThrownBy(() -> arms("run", null, null)).hasMessageContaining("damaged");
  }

  /** Law: a chosen arm answers requests that name none; names that are no arm are warned of. */
  @Test
  void oneOfSeveralArmsCanBeChosen() throws Exception {
    publish("full", 1, 5);
    publish("two-level", 4, 9);
    start(arms("run/models", "full", "two-levl"), options());
    assertThat(HttpCalls.post(server, "/v1/score", REQUEST)).startsWith("200 {\"arm\":\"full\",");
    assertThat(arms.described())
        .last()
        .isEqualTo(
            "warn  --shadow names 'two-levl', but no such arm is there yet; did you mean"
                + " 'two-level'?");
    assertThat(arms.answers()).isEqualTo("2 arms answer");
    try (ServedArms alone = arms("run", "full", "full")) {
      assertThat(alone.described())
          .last()
          .asString()
          .startsWith(
              "warn  --shadow and --arm both name 'full', which is not compared with itself");
    }
    Files.createDirectories(folder.resolve("other/thing"));
    assertThatThrownBy(() -> arms("other", null, null))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("a run's folder a folder models");
  }

  /** Law: the server waits for the first version; until then it is live but not ready. */
  @Test
  void theFirstVersionMayComeLater() throws Exception {
    start(arms("run", "two-level", null), options());
    String not = "no version of the arm two-level has been published yet";
    assertThat(arms.described()).first().asString().startsWith("warn  ").contains(not);
    HttpResponse<byte[]> early =
        HttpCalls.response(
            HttpCalls.request(server, "/v1/score")
                .POST(HttpRequest.BodyPublishers.ofString(REQUEST))
                .build());
    assertThat(early.statusCode()).isEqualTo(503);
    assertThat(early.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(HttpCalls.get(server, "/health/live")).isEqualTo("200 {\"status\":\"ok\"}");
    assertThat(HttpCalls.get(server, "/health")).isEqualTo("200 {\"status\":\"ok\"}");
    assertThat(HttpCalls.get(server, "/health/ready"))
        .isEqualTo("503 {\"status\":\"not ready\",\"error\":\"" + not + "\"}");
    assertThat(HttpCalls.get(server, "/version")).startsWith("503 ");
    publish("full", 1, 1);
    publish("two-level", 1, 1);
    await(() -> HttpCalls.get(server, "/health/ready").equals("200 {\"status\":\"ready\"}"));
    assertThat(HttpCalls.post(server, "/v1/score", REQUEST)).startsWith("200 ");
  }

  /** Law: a model that has learned from nothing young enough is not ready, but scores. */
  @Test
  void anOldModelIsNotReady() throws Exception {
    publish("full", 1, 5);
    start(arms("run", null, null), options(Duration.ofMinutes(10), Tokens.NONE, null));
    assertThat(HttpCalls.get(server, "/health/ready"))
        .startsWith(
            "503 {\"status\":\"not ready\",\"error\":\"the arm full has learned from nothing")
        .endsWith(" s; --max-age allows 600 s\"}");
    assertThat(HttpCalls.post(server, "/v1/score", REQUEST)).startsWith("200 ");
  }

  /**
   * Law: methods are answered as HTTP says: HEAD as GET without a body, OPTIONS, 405 with Allow.
   */
  @Test
  void methodsAreThoseOfHttp() throws Exception {
    publish("full", 1, 5);
    start(arms("run", null, null), options());
    HttpResponse<byte[]> head = method("HEAD", "/version");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValueAsLong("Content-Length").getAsLong()).isGreaterThan(50);
    HttpResponse<byte[]> options = method("OPTIONS", "/v1/score");
    assertThat(options.statusCode()).isEqualTo(204);
    assertThat(options.headers().firstValue("Allow")).hasValue("POST, OPTIONS");
    HttpResponse<byte[]> wrong = method("DELETE", "/metrics");
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(wrong.headers().firstValue("Allow")).hasValue("GET, HEAD, OPTIONS");
    assertThat(HttpCalls.get(server, "/v1/score")).startsWith("405 {\"error\":\"/v1/score accepts");
  }

  private HttpResponse<byte[]> method(String method, String path) throws Exception {
    return HttpCalls.response(
        HttpCalls.request(server, path)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build());
  }

  /**
   * Law: gzip bodies are read as plain ones, and answers are compressed where a client accepts it.
   * What is no gzip is status 400, what is too large after decompression 413, other codings 415.
   */
  @Test
  void bodiesMayBeCompressed() throws Exception {
    publish("full", 1, 5);
    start(arms("run", null, null), options());
    String many = "{\"candidates\": [" + (EVENT + ",").repeat(199) + EVENT + "]}";
    HttpResponse<byte[]> answer = coded("gzip", GzipCoding.deflate(many.getBytes(UTF_8)));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(answer.headers().firstValue("Vary")).hasValue("Accept-Encoding");
    String plain =
        new String(GzipCoding.inflate(answer.body(), 1 << 20, (before, more) -> {}), UTF_8);
    assertThat(plain).contains("\"predictions\":[0.");
    assertThat(plain.replaceFirst("\"age.*?,", ""))
        .isEqualTo(
            HttpCalls.post(server, "/v1/score", many).substring(4).replaceFirst("\"age.*?,", ""));
    assertThat(coded("gzip", many.getBytes(UTF_8)).statusCode()).isEqualTo(400);
    assertThat(coded("br", many.getBytes(UTF_8)).statusCode()).isEqualTo(415);
    byte[] bomb = GzipCoding.deflate(new byte[40 << 20]);
    assertThat(bomb.length).isLessThan(1 << 20);
    assertThat(coded("gzip", bomb).statusCode()).isEqualTo(413);
    HeldOutput.Holder full =
        (before, more) -> {
          if (before + more > 100_000) {
            throw new RequestException(503, "full");
          }
        };
    assertThatThrownBy(() -> GzipCoding.inflate(bomb, 64 << 20, full)).hasMessage("full");
    assertThat(GzipCoding.accepted("br, gzip;q=0.5")).isTrue();
    assertThat(GzipCoding.accepted("gzip; q=0.0, br")).isFalse();
    assertThat(GzipCoding.accepted(null)).isFalse();
  }

  private HttpResponse<byte[]> coded(String coding, byte[] body) throws Exception {
    return HttpCalls.response(
        HttpCalls.request(server, "/v1/score")
            .header("Content-Encoding", coding)
            .header("Accept-Encoding", "gzip")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build());
  }

  /**
   * Law: with tokens, scoring needs one of the two, choosing versions that of administrators, and
   * health none; without tokens everyone may score and nobody choose.
   */
  @Test
  void tokensSayWhoMayDoWhat() throws Exception {
    publish("full", 1, 5);
    Tokens both = new Tokens(Optional.of(TOKEN), Optional.of(ADMIN));
    ServerOptions closed = options(null, both, null);
    start(arms("run", null, null), closed);
    assertThat(authorized("/v1/score", null)).startsWith("401 {\"error\":\"the header 'Authoriz");
    assertThat(authorized("/v1/score", "Bearer a-token-to-scorf")).startsWith("401 ");
    assertThat(authorized("/v1/score", TOKEN)).startsWith("401 ");
    assertThat(authorized("/v1/score", "bearer " + TOKEN)).startsWith("200 ");
    assertThat(authorized("/v1/score", "Bearer " + ADMIN)).startsWith("200 ");
    String activate = "/v1/models/full/1:activate";
    assertThat(authorized(activate, null)).startsWith("401 ");
    assertThat(authorized(activate, "Bearer " + TOKEN)).startsWith("403 ");
    assertThat(authorized(activate, "Bearer " + ADMIN)).startsWith("200 ");
    assertThat(HttpCalls.get(server, "/health/ready")).startsWith("200 ");
    assertThat(HttpCalls.get(server, "/metrics")).startsWith("401 ");
    assertThat(closed.toString()).doesNotContain(TOKEN).doesNotContain(ADMIN);
    server.close();
    server = new ScoringServer(arms, options());
    assertThat(authorized(activate, "Bearer " + ADMIN)).startsWith("403 ");
    assertThat(authorized("/v1/score", null)).startsWith("200 ");
    assertThatThrownBy(() -> new Tokens(Optional.of("short"), Optional.empty()))
        .hasMessage("a token must have at least 16 characters, ASCII without blanks, but has 5");
  }

  private String authorized(String path, String header) throws Exception {
    HttpRequest.Builder request = HttpCalls.request(server, path);
    if (header != null) {
      request.header("Authorization", header);
    }
    return HttpCalls.send(request.POST(HttpRequest.BodyPublishers.ofString(REQUEST)).build());
  }

  /** Law: a shadow arm scores what the others score; its metrics are the sums of differences. */
  @Test
  void aShadowArmIsCompared() throws Exception {
    publish("full", 1, 5);
    publish("two-level", 4, 9);
    start(arms("run", "full", "two-level"), options());
    double one = prediction(HttpCalls.post(server, "/v1/score", REQUEST));
    double other = prediction(HttpCalls.post(server, "/v1/score?arm=two-level", REQUEST));
    HttpCalls.post(server, EVENT);
    String events = "millrace_serving_shadow_events_total{arm=\"full\"} 2\n";
    await(() -> HttpCalls.get(server, "/metrics").contains(events));
    double sum =
        Double.parseDouble(
            HttpCalls.get(server, "/metrics")
                .replaceFirst("(?s).*shadow_difference_sum\\{arm=\"full\"} (\\S+)\n.*", "$1"));
    assertThat(sum).isBetween(2 * (other - one) - 1e-6, 2 * (other - one) + 1e-6).isNotZero();
  }

  private static double prediction(String answer) {
    return Double.parseDouble(answer.replaceFirst(".*\"predictions\":\\[([^]]*)].*", "$1"));
  }

  /**
   * Law: the sampled log holds the events as they were sent, joined with their context, and what
   * was predicted for them; full files are renamed. The access log has a line for each request.
   */
  @Test
  void logsSayWhatWasServed() throws Exception {
    publish("full", 1, 5);
    Path samples = folder.resolve("samples.jsonl");
    Path access = folder.resolve("access.log");
    ServerOptions any = options();
    ServerOptions logging =
        new ServerOptions(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            2,
            any.events(),
            Optional.empty(),
            Tokens.NONE,
            Optional.empty(),
            Optional.of(access),
            Optional.of(new ServerOptions.Samples(samples, 1, 700, 2)));
    start(arms("run", null, null), logging);
    String body =
        "{\"context\": {\"user\": \"u1\",\n \"x\": 1.5}, \"candidates\": ["
            + "{\"y\": 2, \"site\": \"a\", \"tags\": [\"t\"]}, {\"y\": 3}]}";
    double p =
        prediction(HttpCalls.post(server, "/v1/score?missing=allow", body).replace(",0", "]"));
    HttpCalls.post(server, EVENT);
    HttpCalls.post(server, EVENT);
    HttpCalls.post(server, EVENT);
    server.close();
    List<String> first = Files.readAllLines(folder.resolve("samples.jsonl.1"));
    assertThat(first.get(0))
        .startsWith(
            "{\"user\": \"u1\",  \"x\": 1.5,\"y\": 2, \"site\": \"a\", \"tags\": [\"t\"],"
                + "\"_prediction\":"
                + (float) p
                + ",\"_arm\":\"full\",\"_model_version\":1,\"_map_version\":3,\"_request\":\"")
        .endsWith("Z\"}");
    assertThat(Files.size(samples)).isBetween(1L, 700L);
    assertThat(folder.resolve("samples.jsonl.2")).doesNotExist();
    assertThat(Files.readAllLines(access))
        .hasSize(4)
        .allMatch(
            line ->
                line.matches("127\\.0\\.0\\.1 - - \\[.*] \"POST /\\S+ HTTP/1.1\" 200 \\d+ .*\\d+"));
  }

  /** Law: with a certificate the server speaks HTTPS alone; a wrong password is named. */
  @Test
  void aCertificateMeansHttps() throws Exception {
    publish("full", 1, 5);
    ServerOptions.Tls tls = Certificate.make(folder);
    start(arms("run", null, null), options(null, Tokens.NONE, tls));
    HttpClient client = HttpClient.newBuilder().sslContext(Certificate.trusting(tls)).build();
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + "/health"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.body()).isEqualTo("{\"status\":\"ok\"}");
    assertThatThrownBy(() -> HttpCalls.get(server, "/health")).isInstanceOf(IOException.class);
    ServerOptions.Tls wrong = new ServerOptions.Tls(tls.keystore(), "another");
    assertThatThrownBy(() -> new ScoringServer(arms, options(null, Tokens.NONE, wrong)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("password");
    assertThat(wrong.toString()).doesNotContain("another");
  }
}
