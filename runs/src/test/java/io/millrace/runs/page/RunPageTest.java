package io.millrace.runs.page;

import static io.millrace.runs.page.WrittenRun.DAY;
import static io.millrace.runs.page.WrittenRun.START;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.event.IdEncoder;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunPageTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path dir;

  private Path runDir;
  private RunPage page;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws IOException {
    runDir = dir.resolve("run");
    Files.writeString(dir.resolve("secret"), "{\"secret\":1}\n");
    page = new RunPage(RunView.of(runDir), InetAddress.getLoopbackAddress(), 0, "my-machine");
  }

  @AfterEach
  void stop() {
    page.close();
  }

  /** Law: a page can be asked before there is a run directory, and says what goes on. */
  @Test
  void beforeTheRun() throws Exception {
    page.say(RunPage.State.STARTING, "making the events");
    page.expect(1234);
    JsonNode news = news("");
    assertThat(news.at("/status/state").asText()).isEqualTo("starting");
    assertThat(news.at("/status/phase").asText()).isEqualTo("making the events");
    assertThat(news.at("/status/total").asLong()).isEqualTo(1234);
    assertThat(news.get("flow").isNull()).isTrue();
    assertThat(news.get("files")).isEmpty();
  }

  /** Law: at the end every open page gets the last state, not only the first that asks. */
  @Test
  void everyPageSeesTheEnd() throws Exception {
    page.say(RunPage.State.RUNNING, "");
    news("tab=a");
    news("tab=b");
    page.say(RunPage.State.FINISHED, "");
    Thread closing = new Thread(page::close);
    closing.start();
    assertThat(news("tab=a").at("/status/state").asText()).isEqualTo("finished");
    closing.join(300);
    assertThat(news("tab=b").at("/status/state").asText()).isEqualTo("finished");
    closing.join(3_000);
    assertThat(closing.isAlive()).isFalse();
  }

  /** Law: an answer has the lines of the files, and the next one only what is new. */
  @Test
  void lines() throws Exception {
    WrittenRun run = new WrittenRun(runDir);
    run.window(0);
    run.news();
    JsonNode first = news("");
    assertThat(first.at("/run/facts"))
        .isEqualTo(JSON.readTree(runDir.resolve("run.json").toFile()));
    for (String name : ChangeFeed.FILES.keySet()) {
      List<String> lines = Files.readAllLines(runDir.resolve(ChangeFeed.FILES.get(name)));
      JsonNode shown = first.at("/files/" + name + "/lines");
      assertThat(shown).hasSameSizeAs(lines);
      for (int i = 0; i < lines.size(); i++) {
        assertThat(shown.get(i)).isEqualTo(JSON.readTree(lines.get(i)));
      }
    }
    run.window(1);
    String cursor = first.at("/files/metrics/cursor").asText();
    JsonNode next = news("metrics=" + cursor + "&run=" + first.at("/run/cursor").asText());
    assertThat(next.at("/files/metrics/reset").asBoolean()).isFalse();
    assertThat(next.at("/files/metrics/lines")).hasSize(2);
    assertThat(next.has("run")).isFalse();
  }

  /** Law: the page answers to names of this machine alone. */
  @Test
  void hosts() throws Exception {
    for (String ours :
        List.of("localhost", "LOCALHOST:8081", "127.0.0.1:80", "[::1]:8081", "my-machine")) {
      assertThat(status("GET", "/", ours)).as(ours).isEqualTo(200);
    }
    for (String other :
        List.of(
            "evil.example", "localhost.evil.example:8081", "127.0.0.1.nip.io", "", "1.2.3.4x")) {
      assertThat(status("GET", "/", other)).as(other).isEqualTo(403);
    }
  }

  /** Law: nothing but the page and its two questions is served, and nothing can be sent. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../secret",
        "/%2e%2e/secret",
        "/api/../../secret",
        "/run.json",
        "/metrics.jsonl",
        "/page.html",
        "//page.css",
        "/META-INF/MANIFEST.MF",
        "/api/news/x",
        "/report.html"
      })
  void otherPaths(String path) throws Exception {
    assertThat(status("GET", path, "localhost")).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void otherMethods(String method) throws Exception {
    assertThat(status(method, "/api/news", "localhost")).isEqualTo(405);
  }

  /** Law: every file beside the page is served, or else none of its sections is drawn. */
  @Test
  void filesOfThePage() throws Exception {
    List<String> names;
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/io/millrace/runs/page"))) {
      names = files.map(file -> file.getFileName().toString()).toList();
    }
    assertThat(names).contains("page.html", "page.js", "page.css");
    for (String name : names) {
      if (!name.equals("page.html")) {
        assertThat(get("/" + name).statusCode()).as(name).isEqualTo(200);
      }
    }
  }

  /** Law: the page may load nothing from elsewhere, run nothing inline, and not be framed. */
  @Test
  void policy() throws Exception {
    for (String path : List.of("/", "/page.js", "/echarts.js", "/api/news", "/nothing")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.headers().firstValue("Content-Security-Policy"))
          .hasValueSatisfying(
              policy ->
                  // charts set the style attributes of what they draw, and nothing else is inline
                  assertThat(policy.replace("; style-src-attr 'unsafe-inline';", ";"))
                      .contains("default-src 'none'", "script-src 'self'", "style-src 'self';")
                      .contains("frame-ancestors 'none'")
                      .doesNotContain("unsafe", "http"));
      assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }
    assertThat(get("/").body()).doesNotContain("style=", "onclick", "http:", "https:", "<style");
  }

  /** Law: an id's count, row and neighbours are those of its map, named where they are known. */
  @Test
  void search() throws Exception {
    new WrittenRun(runDir).maps();
    JsonNode match = search("q=a").at("/matches/0");
    assertThat(match.get("field").asText()).isEqualTo("site");
    assertThat(match.get("id").asText()).isEqualTo(Long.toString(IdEncoder.id("site", "a")));
    assertThat(match.get("seen").asLong()).isEqualTo(100);
    JsonNode map = match.at("/maps/0");
    assertThat(map.get("version").asInt()).isEqualTo(2);
    assertThat(map.get("count").asDouble()).isEqualTo(10);
    JsonNode row = map.at("/rows/0");
    assertThat(row.get("row").asInt()).isZero();
    assertThat(row.get("ids").asInt()).isEqualTo(2);
    assertThat(row.get("count").asDouble()).isEqualTo(30);
    assertThat(row.at("/members/0/value").asText()).isEqualTo("b");
    assertThat(row.at("/members/1/value").asText()).isEqualTo("a");
    assertThat(map.at("/moves/0/row").asInt()).isEqualTo(3);
    assertThat(map.at("/moves/0").has("moved")).isFalse();
    assertThat(map.at("/moves/1/moved").asBoolean()).isFalse();
    assertThat(map.at("/moves/1/renumbered").asBoolean()).as("row 3 is row 0 now").isTrue();
  }

  /**
   * Law: an id that leaves those it shared a row with has moved, and is found by its number too.
   */
  @Test
  void moved() throws Exception {
    new WrittenRun(runDir).maps();
    JsonNode map = search("q=" + IdEncoder.id("site", "c") + "&field=site").at("/matches/0/maps/0");
    assertThat(map.at("/moves/1/moved").asBoolean()).isTrue();
    assertThat(map.at("/moves/1/renumbered").asBoolean()).isFalse();
    assertThat(map.at("/rows/0/members/1/value").isNull()).isTrue();
  }

  @Test
  void unknownIds() throws Exception {
    new WrittenRun(runDir).maps();
    assertThat(search("q=zzz").get("matches")).isEmpty();
    assertThat(search("q=99999999999999999999").get("matches")).isEmpty();
    assertThat(search("q=a&field=shop").get("matches")).isEmpty();
    assertThat(search("").get("matches")).isEmpty();
  }

  /** Law: a damaged file is named, and ends neither the page nor what else it can tell. */
  @Test
  void damagedMap() throws Exception {
    new WrittenRun(runDir).maps();
    Path folder = runDir.resolve(RunFiles.MAPS + "/learned-0.1/site");
    Path map = folder.resolve(Files.readString(folder.resolve("end-" + (START + DAY))));
    Files.write(map, new byte[] {1, 2, 3});
    HttpResponse<String> answer = get("/api/search?q=a");
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains(map.getFileName().toString());
    assertThat(get("/api/news").statusCode()).isEqualTo(200);
  }

  private JsonNode news(String query) throws Exception {
    return JSON.readTree(get("/api/news?" + query).body());
  }

  private JsonNode search(String query) throws Exception {
    return JSON.readTree(get("/api/search?" + query).body());
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://localhost:" + page.port() + path);
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** The status of a request as it is written here, which a client would tidy up. */
  private int status(String method, String path, String host) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), page.port())) {
      OutputStream out = socket.getOutputStream();
      String request =
          "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
              .formatted(method, path, host);
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      out.flush();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      return Integer.parseInt(in.readLine().split(" ")[1]);
    }
  }
}
