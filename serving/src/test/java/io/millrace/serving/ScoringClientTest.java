package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.EventLimits;
import io.millrace.serving.http.HttpCalls;
import io.millrace.serving.http.ScoringServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client gets the server's answers, or an exception that says why not. */
class ScoringClientTest {

  @TempDir Path folder;

  private static ScoringClient client(int port, ScoringClient.Options options) {
    return new ScoringClient(HttpCalls.client(), URI.create("http://127.0.0.1:" + port), options);
  }

  /** Law: values of every type reach the model as JSON does; errors keep their place. */
  @Test
  void anAnswerIsTheServers() throws Exception {
    SmallModel.publish(folder.resolve("arm"), 3, 9);
    try (ModelFollower follower = new ModelFollower(folder.resolve("arm"));
        ScoringServer server =
            new ScoringServer(
                follower, InetAddress.getLoopbackAddress(), 0, 1, EventLimits.DEFAULT)) {
      ScoringClient client = client(server.port(), ScoringClient.Options.DEFAULT);
      Map<String, Object> none = new HashMap<>(Map.of("x", 1.5, "site", "a"));
      none.put("tags", null);
      ScoringClient.Answer answer =
          client.score(
              Map.of("user", 7, "y", "2"),
              List.of(
                  Map.of("x", 1.5, "site", true, "tags", List.of("t", "u")),
                  Map.of("x", 1, "site", "a"),
                  none));
      assertThat(answer.arm()).isEqualTo("learned");
      assertThat(answer.modelVersion()).isEqualTo(3);
      assertThat(answer.mapVersion()).isEqualTo(3);
      assertThat(answer.update()).isEmpty();
      assertThat(answer.learnedUntil()).hasValue(Instant.ofEpochMilli(2000));
      assertThat(answer.predictions()).hasSize(3);
      assertThat(answer.predictions().get(1)).isNaN();
      String alone = "{\"user\":7,\"y\":2,\"x\":1.5,\"site\":\"true\",\"tags\":[\"t\",\"u\"]}";
      assertThat(HttpCalls.post(server, alone))
          .startsWith("200 {\"prediction\":" + answer.predictions().get(0) + ",");
      assertThat(answer.errors()).hasSize(1);
      assertThat(answer.errors().get(0).candidates()).containsExactly(1);
      assertThat(answer.errors().get(0).reason()).isEqualTo("wrong_columns");
      assertThat(answer.errors().get(0).message()).contains("are not: tags");
      assertThatThrownBy(() -> client.score(Map.of(), Arrays.asList(Map.of("x", 1))))
          .isInstanceOf(ScoringClient.ScoringException.class)
          .hasMessageStartingWith("status 400: no candidate can be scored; the first: wrong_col");
      ScoringClient lenient =
          client(
              server.port(),
              new ScoringClient.Options(
                  Duration.ofSeconds(5), Optional.of("any"), Optional.of("learned"), true));
      assertThat(lenient.score(Map.of(), List.of(Map.of("x", 1))).predictions().get(0))
          .isBetween(0f, 1f);
    }
  }

  /** Law: a server that does not answer costs the timeout, no more. */
  @Test
  void waitingHasAnEnd() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ScoringClient client =
          client(
              silent.getLocalPort(),
              new ScoringClient.Options(
                  Duration.ofMillis(200), Optional.empty(), Optional.empty(), false));
      assertThatThrownBy(() -> client.score(Map.of(), List.of()))
          .isInstanceOf(HttpTimeoutException.class);
    }
  }
}
