package io.millrace.flink.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.event.Warning;
import io.millrace.flink.graph.JobRun;
import io.millrace.kafka.BrokerWatch;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.WarningColumns;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.ExceptionUtils;

/**
 * Waits for the end of a job. Meanwhile prints a line for every window that closes and for every
 * warning, from the run directory, and a line when Kafka becomes unreachable and when it is back.
 */
final class RunFollower {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long POLL_MS = 500;

  private final JobRun run;
  private final RunView view;
  private final List<NewLines> files;
  private final Consumer<String> out;
  private final Runnable look;
  private String unread = "";

  /**
   * Follows a run.
   *
   * @param view its run directory
   * @param out takes lines
   * @param look called twice a second
   */
  RunFollower(JobRun run, RunView view, Consumer<String> out, Runnable look) {
    this.run = run;
    this.view = view;
    this.files =
        List.of(
            new NewLines(view.dir().resolve(RunFiles.WARNINGS), RunFollower::warning),
            new NewLines(view.dir().resolve(RunFiles.METRICS), RunFollower::window));
    this.out = out;
    this.look = look;
  }

  /**
   * Waits for the job's end.
   *
   * @param replay the task that sends the events; if it fails, so does this, because the job would
   *     wait for events for ever
   */
  void follow(CompletableFuture<JobExecutionResult> job, Future<?> replay) throws Exception {
    try (BrokerWatch kafka = new BrokerWatch(run.kafka(), run.job().kafka().topics())) {
      try {
        while (!ended(job)) {
          if (replay.isDone()) {
            replay.get();
          }
          kafka.poll().forEach(out);
          printNew();
          look.run();
        }
      } catch (ExecutionException e) {
        throw reason(e, kafka);
      }
    }
    printNew();
  }

  private static boolean ended(CompletableFuture<JobExecutionResult> job)
      throws ExecutionException, InterruptedException {
    try {
      job.get(POLL_MS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /**
   * The error to show to the user. A job that cannot write its state or reach Kafka fails with many
   * kinds of errors that do not name the cause; this one does, and says how to continue.
   */
  private Exception reason(ExecutionException e, BrokerWatch kafka) {
    Optional<String> missing = run.checkpoints().problem().or(kafka::problem);
    String gaveUp = gaveUp(e);
    if (missing.isEmpty() && gaveUp.isEmpty()) {
      return e.getCause() instanceof Exception cause ? cause : e;
    }
    return new IOException(missing.orElseGet(() -> ErrorLine.of(e.getCause())) + gaveUp, e);
  }

  /** How to continue a job that ran and left a checkpoint; empty if there is none. */
  private String gaveUp(ExecutionException e) {
    boolean ran = ExceptionUtils.findThrowable(e, JobExecutionException.class).isPresent();
    boolean hopeless = ExceptionUtils.findThrowable(e, SuppressRestartsException.class).isPresent();
    if (!ran || hopeless || !run.checkpoints().holdsAny()) {
      return "";
    }
    return "; the job gave up after %d restart(s) (checkpoints.restarts), go on with --from and the newest chk- folder in %s"
        .formatted(run.job().run().restarts(), run.checkpoints().place());
  }

  private void printNew() throws IOException {
    try {
      view.refresh();
      unread = "";
    } catch (IOException e) { // the job says so too, if this lasts
      if (!unread.equals(ErrorLine.of(e))) {
        unread = ErrorLine.of(e);
        out.accept(RunSummary.warning("lines of the run cannot be read now: " + unread));
      }
    }
    for (NewLines file : files) {
      file.print(out);
    }
  }

  private static String window(JsonNode line) {
    return RunSummary.window(
        MetricColumns.START.wholeIn(line),
        "",
        MetricColumns.ARM.textIn(line),
        MetricColumns.EVENTS.wholeIn(line),
        MetricColumns.AUC.numberIn(line),
        MetricColumns.NE.numberIn(line));
  }

  private static String warning(JsonNode line) {
    String message = WarningColumns.MESSAGE.textIn(line);
    return isNote(WarningColumns.KIND.textIn(line))
        ? RunSummary.note(message)
        : RunSummary.warning(message);
  }

  private static boolean isNote(String kind) {
    return Arrays.stream(Warning.Kind.values())
        .anyMatch(each -> each.note() && each.key().equals(kind));
  }

  /** The new lines of a file, which need not exist yet. */
  private static final class NewLines {
    private final Path file;
    private final Function<JsonNode, String> text;
    private long position;

    NewLines(Path file, Function<JsonNode, String> text) {
      this.file = file;
      this.text = text;
    }

    /** Prints new lines. A restart truncates the file; reading then continues at its end. */
    void print(Consumer<String> out) throws IOException {
      if (!Files.exists(file)) {
        return;
      }
      try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
        position = Math.min(position, in.length());
        byte[] bytes = new byte[(int) (in.length() - position)];
        in.seek(position);
        in.readFully(bytes);
        String read = new String(bytes, StandardCharsets.UTF_8);
        String whole = read.substring(0, read.lastIndexOf('\n') + 1);
        whole.lines().map(this::text).forEach(out);
        position += whole.getBytes(StandardCharsets.UTF_8).length;
      }
    }

    private String text(String json) {
      try {
        return text.apply(JSON.readTree(json));
      } catch (IOException e) {
        return json;
      }
    }
  }
}
