package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.serving.request.Item;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.UpdateHeader;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a sample of the scored requests to a file of JSON lines: each event with the keys that the
 * client sent, and what was predicted for it, by which state of which arm, and when. The lines can
 * be scored and checked as any file of events.
 *
 * <p>A thread of its own writes. Lines that it cannot keep up with are left out and counted.
 */
final class SampleLog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SampleLog.class);

  /** Bytes of lines that wait to be written. */
  private static final int MOST_WAITING = 8 << 20;

  private static final byte[] END = {};

  private final ServerOptions.Samples options;
  private final LinkedBlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(MOST_WAITING);
  private final LongAdder written = new LongAdder();
  private final LongAdder leftOut = new LongAdder();
  private final Thread writer = new Thread(this::write, "sample-log");
  private OutputStream out;
  private long size;

  /**
   * Opens the file to append.
   *
   * @throws IOException if it cannot be written
   */
  SampleLog(ServerOptions.Samples options) throws IOException {
    this.options = options;
    open();
    writer.setDaemon(true);
    writer.start();
  }

  private void open() throws IOException {
    size = Files.exists(options.file()) ? Files.size(options.file()) : 0;
    out =
        new BufferedOutputStream(
            Files.newOutputStream(
                options.file(), StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  /** Writes a request's events, or not, by chance. Binary events have no text and are left out. */
  void offer(Scored scored) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    if (random.nextDouble() < options.rate()) {
      String request = String.format("%016x", random.nextLong());
      String now = Instant.now().toString();
      for (int i = 0; i < scored.items().size(); i++) {
        offer(scored.items().get(i).from() < 0 ? null : line(scored, i, request, now));
      }
    }
  }

  private void offer(byte[] line) {
    if (line == null || !room.tryAcquire(line.length)) {
      leftOut.increment();
    } else {
      waiting.add(line);
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

  private void write() {
    try {
      for (byte[] line = waiting.take(); line != END; line = waiting.take()) {
        room.release(line.length);
        write(line);
      }
      out.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.warn("{} cannot be closed: {}", options.file(), e.toString());
    }
  }

  private void write(byte[] line) {
    try {
      if (size > 0 && size + line.length > options.bytes()) {
        rotate();
      }
      out.write(line);
      size += line.length;
      if (waiting.isEmpty()) {
        out.flush();
      }
      written.increment();
    } catch (IOException e) {
      if (leftOut.sum() == 0) {
        LOG.warn("{} cannot be written, lines are lost: {}", options.file(), e.toString());
      }
      leftOut.increment();
    }
  }

  /** Renames FILE to FILE.1, FILE.1 to FILE.2, and so on; the last one is overwritten. */
  private void rotate() throws IOException {
    out.close();
    for (int n = options.files() - 1; n > 0; n--) {
      Path from = n == 1 ? options.file() : numbered(n - 1);
      if (Files.exists(from)) {
        Files.move(from, numbered(n), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.deleteIfExists(options.file());
    open();
  }

  private Path numbered(int n) {
    return options.file().resolveSibling(options.file().getFileName() + "." + n);
  }

  /** Writes how many events were written and left out. */
  void metrics(PrometheusText text) {
    text.metric("sample_log_events_total", "counter", "events of the sampled log");
    text.sample(written.sum(), "result", "written");
    text.sample(leftOut.sum(), "result", "left_out");
  }

  /** Writes what waits, for at most a second. */
  @Override
  public void close() {
    waiting.add(END);
    try {
      writer.join(TimeUnit.SECONDS.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
