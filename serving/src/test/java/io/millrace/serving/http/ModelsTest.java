package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.EventLimits;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.SmallModel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Arms and versions are listed, and versions chosen. */
class ModelsTest {

  private static final String ADMIN = "a-token-of-admins";

  @TempDir Path folder;

  private ServedArms arms;
  private ScoringServer server;

  @BeforeEach
  void start() throws IOException {
    publish(1);
    publish(2);
    arms = new ServedArms(folder, ModelFollower::new, Optional.empty(), Optional.empty());
    ServerOptions options =
        new ServerOptions(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1,
            EventLimits.DEFAULT,
            Optional.empty(),
            new Tokens(Optional.empty(), Optional.of(ADMIN)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    server = new ScoringServer(arms, options);
  }

  private void publish(int version) throws IOException {
    SmallModel.publish(folder.resolve("learned"), version, 3 + version);
  }

  @AfterEach
  void stop() {
    server.close();
    arms.close();
  }

  private String admin(String path) throws Exception {
    return HttpCalls.send(
        HttpCalls.request(server, path)
            .header("Authorization", "Bearer " + ADMIN)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build());
  }

  private String serving() throws Exception {
    arms.all().get(0).follower().refresh();
    return HttpCalls.get(server, "/version").replaceFirst(".*\"model_version\":(\\d+).*", "$1");
  }

  /** Law: each version that is there is listed with what its manifest says. */
  @Test
  void versionsAreListed() throws Exception {
    assertThat(HttpCalls.get(server, "/v1/models"))
        .startsWith(
            "200 {\"models\":[{\"arm\":\"learned\",\"preferred\":true,\"shadow\":false,"
                + "\"model_version\":2,\"map_version\":3,")
        .contains("\"versions\":[{\"version\":1,\"state\":\"published\",\"map_version\":3,")
        .contains("{\"version\":2,\"state\":\"active\",\"map_version\":3,\"events_learned\":320,")
        .contains("\"learned_until\":\"1970-01-01T00:00:02Z\",\"bytes\":");
    assertThat(HttpCalls.get(server, "/v1/models/other"))
        .isEqualTo("404 {\"error\":\"no arm is called 'other'; the arms are [learned]\"}");
    Files.writeString(folder.resolve("learned/v000001/manifest.json"), "{");
    assertThat(HttpCalls.get(server, "/v1/models/learned"))
        .contains("\"versions\":[{\"version\":1,\"state\":\"damaged\"},{\"version\":2,");
  }

  /** Law: while a version is looked for, whatever that takes, status and scores are answered. */
  @Test
  @Timeout(60)
  void aSlowLoadHoldsUpNobody() throws Exception {
    Path manifest = folder.resolve("learned/v000003/manifest.json");
    Files.createDirectory(manifest.getParent());
    assertThat(new ProcessBuilder("mkfifo", manifest.toString()).start().waitFor()).isZero();
    Files.writeString(folder.resolve("learned/LATEST"), "v000003\n");
    ModelFollower follower = arms.all().get(0).follower();
    CompletableFuture<Boolean> load =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return follower.refresh();
              } catch (IOException e) {
                return false;
              }
            });
    Thread.sleep(100); // it waits for the manifest
    assertThat(HttpCalls.get(server, "/metrics")).contains("updates_wait{arm=\"learned\"} 0\n");
    assertThat(HttpCalls.get(server, "/health")).startsWith("200 ");
    assertThat(HttpCalls.get(server, "/version")).contains("\"model_version\":2,");
    assertThat(load).isNotDone();
    OutputStream open = Files.newOutputStream(manifest);
    Files.delete(manifest);
    Files.writeString(manifest, "{");
    open.close();
    assertThat(load.get()).isFalse();
  }

  /** Law: a version that is chosen stays, whatever is published, until the newest is chosen. */
  @Test
  void aVersionCanBeChosen() throws Exception {
    assertThat(admin("/v1/models/learned/1:activate"))
        .startsWith(
            "200 {\"arm\":\"learned\",\"preferred\":true,\"shadow\":false,\"model_version\":1")
        .contains("\"pinned\":1,", "{\"version\":1,\"state\":\"pinned\",");
    assertThat(serving()).isEqualTo("1");
    publish(3);
    assertThat(serving()).isEqualTo("1");
    assertThat(admin("/v1/models/learned/latest:activate")).contains("\"model_version\":3,");
    assertThat(serving()).isEqualTo("3");
    assertThat(admin("/v1/models/learned/2:activate")).contains("\"model_version\":2,");
    assertThat(admin("/v1/models/learned:unpin"))
        .contains("\"model_version\":3,")
        .doesNotContain("pinned");
  }

  /** Law: a version that is not there, or cannot be loaded, is refused, and nothing changes. */
  @Test
  void whatCannotBeServedIsNotChosen() throws Exception {
    assertThat(admin("/v1/models/learned/7:activate"))
        .startsWith("404 {\"error\":\"there is no ve");
    assertThat(admin("/v1/models/learned/x:activate"))
        .isEqualTo("400 {\"error\":\"a version must be its number or latest but was 'x'\"}");
    assertThat(admin("/v1/models/other/1:activate")).startsWith("404 ");
    Files.writeString(folder.resolve("learned/v000001/model.safetensors"), "x");
    assertThat(admin("/v1/models/learned/1:activate"))
        .startsWith("409 {\"error\":\"version 1 is not taken: ");
    assertThat(HttpCalls.get(server, "/v1/models/learned"))
        .contains("{\"version\":1,\"state\":\"refused\",\"refused\":\"damaged\",");
    assertThat(HttpCalls.get(server, "/metrics"))
        .contains("refused_total{arm=\"learned\",what=\"version\",reason=\"damaged\"} 1\n");
    assertThat(serving()).isEqualTo("2");
    assertThat(folder.resolve("learned/PINNED")).doesNotExist();
  }
}
