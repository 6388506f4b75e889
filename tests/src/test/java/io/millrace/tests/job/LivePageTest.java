package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.tests.SmallStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The live page of a job tells what Flink's metrics say: a metric it asks for by name is there. */
@Timeout(300)
class LivePageTest {

  private static final int DAY = SmallStream.PER_DAY;
  private static final Pattern PAGE = Pattern.compile("page at (http://\\S+),");

  @TempDir Path folder;

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void partsOfARunningJob() throws Exception {
    Path events = SmallStream.writeEvents(folder, 2);
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Path job = JobFile.of(broker, 1).live().write(folder);
      int sent = DAY * 3 / 2;
      new Replays(job, events).send(sent);
      try (RunningJob running =
          RunningJob.start(job, folder.resolve("run"), "--port", 0, "--host", "localhost")) {
        running.untilSaid("results in ");
        Matcher said = PAGE.matcher(running.console());
        assertThat(said.find()).isTrue();
        URI news = URI.create(said.group(1) + "/api/news");
        running.untilLines(RunFiles.METRICS, JobFile.ARMS);
        running.until(() -> ask(news).at("/flow/read").asLong() == sent);
        running.until(() -> allReached(ask(news), sent));
        JsonNode now = ask(news);
        assertThat(now.at("/status/state").asText()).isEqualTo("running");
        assertThat(now.at("/flow/pending").asLong(-1)).isZero();
        assertThat(now.at("/files/metrics/lines")).hasSize(JobFile.ARMS);
        JsonNode parts = now.at("/flow/parts");
        assertThat(parts.findValuesAsText("name"))
            .contains("gate", "counts", "teacher", "maps")
            .hasSize(4 + JobFile.ARMS);
        for (JsonNode part : parts) {
          assertThat(part.get("busy").isNumber()).as("%s", part).isTrue();
        }
        running.until(() -> published(ask(news)).size() == JobFile.ARMS);
      }
    }
  }

  /** True if each trainer has got every event, and the gate has told a time. */
  private static boolean allReached(JsonNode news, int sent) {
    boolean all = news.at("/flow/parts/0/watermark").isNumber();
    for (JsonNode part : news.at("/flow/parts")) {
      if (part.get("name").asText().matches("(teacher|student-).*")) {
        all &= part.get("events").asLong() == sent && part.get("behind").asLong(-1) == 0;
      }
    }
    return all;
  }

  /** Students that say which version they have published. */
  private static List<String> published(JsonNode news) {
    List<String> names = new ArrayList<>();
    for (JsonNode part : news.at("/flow/parts")) {
      if (part.at("/facts/modelVersion").asLong() > 0) {
        names.add(part.get("name").asText());
      }
    }
    return names;
  }

  private JsonNode ask(URI uri) throws Exception {
    HttpResponse<String> answer =
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    return new ObjectMapper().readTree(answer.body());
  }
}
