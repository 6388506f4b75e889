package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.event.Transform;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.SmallModel;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: the commands of docs/serving.md get the answers that it shows, and it lists all metrics. */
class ServingPageTest {

  private static final Path PAGE = Path.of("../docs/serving.md");
  private static final Pattern EXAMPLE =
      Pattern.compile("```sh\n(.*?)```\n```json\n(.*?)```", Pattern.DOTALL);
  private static final String ADMIN = "a-token-of-admins";

  @TempDir Path folder;

  private ServedArms arms;
  private ScoringServer server;

  @BeforeEach
  void start() throws IOException {
    publish("two-level", 11);
    publish("two-level", 12);
    publish("modulo", 2);
    arms =
        new ServedArms(folder, ModelFollower::new, Optional.of("two-level"), Optional.of("modulo"));
    server =
        new ScoringServer(
            arms,
            new ServerOptions(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                1,
                EventLimits.DEFAULT,
                Optional.empty(),
                new Tokens(Optional.empty(), Optional.of(ADMIN)),
                Optional.empty(),
                Optional.of(folder.resolve("access.log")),
                Optional.of(
                    new ServerOptions.Samples(folder.resolve("samples.jsonl"), 1, 1 << 20, 2))));
  }

  @AfterEach
  void stop() {
    server.close();
    arms.close();
  }

  private void publish(String arm, int version) throws IOException {
    Schema small = SmallModel.SCHEMA;
    List<DenseColumn> dense =
        List.of(
            DenseColumn.of("price", new Transform.Identity()),
            DenseColumn.of("age", new Transform.Log1p(.5)));
    Schema schema = new Schema(dense, small.fields(), small.label(), small.time());
    Origin origin =
        new Origin(
            arm,
            0,
            version,
            Instant.parse("2024-05-01T00:00:00Z").toEpochMilli(),
            Instant.parse("2024-05-03T23:59:16Z").toEpochMilli(),
            320,
            null,
            List.of(new Origin.MapId("tags", 3, 77)),
            null);
    try (ClickModel model = SmallModel.train(version)) {
      ModelFolder.publish(
          folder.resolve("models").resolve(arm), PublishedModel.copyOf(schema, model), origin, 3);
    }
  }

  @Test
  void theExamplesAreTrue() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "there is no curl");
    List<MatchResult> examples = EXAMPLE.matcher(Files.readString(PAGE)).results().toList();
    assertThat(examples).hasSizeGreaterThan(6);
    for (MatchResult example : examples) {
      String[] lines = run(example.group(1)).strip().split("\n");
      assertThat(plain(lines[lines.length - 1]))
          .as(example.group(1))
          .isEqualTo(plain(example.group(2)));
    }
  }

  /** The answer without blanks, and without what differs with the model and time. */
  private static String plain(String json) {
    return json.replaceAll("\\s+", "")
        .replaceAll("\\d+\\.\\d+(E-?\\d+)?", "F")
        .replaceAll("\"bytes\":\\d+", "\"bytes\":B");
  }

  private String run(String commands) throws Exception {
    String script =
        commands
            .replace("localhost:8080", "127.0.0.1:" + server.port())
            .replace("curl ", "curl -sS --noproxy '*' -w '\\n' ");
    ProcessBuilder bash = new ProcessBuilder("bash", "-ec", script).redirectErrorStream(true);
    bash.environment().put("MILLRACE_ADMIN_TOKEN", ADMIN);
    Process process = bash.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out;
  }

  @Test
  void allMetricsAreListed() throws Exception {
    String page = Files.readString(PAGE);
    String table = page.split("<!-- metrics -->")[1];
    Set<String> listed = names("(?m)^\\| (`[^|]*)", table, "`(\\w+)`");
    Set<String> written =
        names("(?m)^# TYPE (\\S+ )", HttpCalls.get(server, "/metrics"), "millrace_serving_(\\w+) ");
    assertThat(written).isEqualTo(listed).hasSizeGreaterThan(15);
  }

  private static Set<String> names(String place, String text, String name) {
    Set<String> names = new TreeSet<>();
    Matcher places = Pattern.compile(place).matcher(text);
    while (places.find()) {
      Pattern.compile(name).matcher(places.group(1)).results().forEach(n -> names.add(n.group(1)));
    }
    return names;
  }
}
