package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.serving.request.Item;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.UpdateHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes a sample of the scored requests to a file of JSON lines: each event with the keys that the
 * client sent, and what was predicted for it, by which state of which arm, and when. The lines can
 * be scored and checked as any file of events.
 */
final class SampleLog implements AutoCloseable {

  private final double rate;
  private final LineLog lines;

  /**
   * Opens the file to append.
   *
   * @throws IOException if it cannot be written
   */
  SampleLog(ServerOptions.Samples options) throws IOException {
    this.rate = options.rate();
    this.lines = new LineLog("sample-log", options.file(), options.bytes(), options.files());
  }

  /** Writes a request's events, or not, by chance. Binary events have no text and are left out. */
  void offer(Scored scored) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    if (random.nextDouble() < rate) {
      String request = String.format("%016x", random.nextLong());
      String now = Instant.now().toString();
      for (int i = 0; i < scored.items().size(); i++) {
        lines.offer(scored.items().get(i).from() < 0 ? null : line(scored, i, request, now));
      }
    }
  }

  private static byte[] line(Scored scored, int i, String request, String now) {
    ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    line.write('{');
    scored.context().ifPresent(c -> members(scored.body(), c.from(), c.to(), line));
    Item item = scored.items().get(i);
    members(scored.body(), item.from(), item.to(), line);
    byte[] result =
        Reply.object(json -> writeResult(scored, scored.prediction(i), request, now, json));
    line.write(result, 1, result.length - 1);
    line.write('\n');
    return line.toByteArray();
  }

  /** Appends the members of an object, and a comma if there are any. */
  private static void members(byte[] body, int from, int to, ByteArrayOutputStream line) {
    int first = from + 1;
    int end = to - 1;
    while (first < end && body[first] <= ' ') {
      first++;
    }
    for (int i = first; i < end; i++) {
      line.write(body[i] == '\n' || body[i] == '\r' ? ' ' : body[i]);
    }
    if (first < end) {
      line.write(',');
    }
  }

  private static void writeResult(
      Scored scored, float prediction, String request, String now, JsonGenerator json)
      throws IOException {
    LoadedModel model = scored.scorer().model();
    json.writeNumberField("_prediction", prediction);
    json.writeStringField("_arm", model.manifest().origin().arm());
    json.writeNumberField("_model_version", model.version());
    json.writeNumberField("_map_version", model.mapVersion());
    if (model.update().isPresent()) {
      UpdateHeader update = model.update().get();
      json.writeNumberField("_epoch", update.epoch());
      json.writeNumberField("_interval", update.interval());
    }
    json.writeStringField("_request", request);
    json.writeStringField("_scored_at", now);
  }

  /** Writes how many events were written and left out. */
  void metrics(PrometheusText text) {
    text.metric("sample_log_events_total", "counter", "events of the sampled log");
    lines.samples(text);
  }

  @Override
  public void close() {
    lines.close();
  }
}
