package io.millrace.flink.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.flink.graph.JobRun;
import io.millrace.kafka.BrokerWatch;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.MetricColumns;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.util.ExceptionUtils;

/**
 * Waits for a job's end and says meanwhile what happens: a line for every window that closes in its
 * run directory, and when Kafka goes away and comes back.
 */
final class RunFollower {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long POLL_MS = 500;

  private final JobRun run;
  private final Path metrics;
  private final Consumer<String> out;
  private final Runnable look;
  private long position;

  /**
   * Follows a run.
   *
   * @param out takes lines
   * @param look called twice a second
   */
  RunFollower(JobRun run, Consumer<String> out, Runnable look) {
    this.run = run;
    this.metrics = run.runDir().resolve(RunFiles.METRICS);
    this.out = out;
    this.look = look;
  }

  /**
   * Waits for the job's end.
   *
   * @param replay what feeds the job; if it fails the waiting ends, as the job never would
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
   * A job that cannot keep its state, or has no Kafka, fails in many ways, of which none names what
   * is missing. Its last words name it, and what is left.
   */
  private Exception reason(ExecutionException e, BrokerWatch kafka) {
    Optional<String> missing = run.checkpoints().problem().or(kafka::problem);
    String gaveUp = gaveUp(e);
    if (missing.isEmpty() && gaveUp.isEmpty()) {
      return e.getCause() instanceof Exception cause ? cause : e;
    }
    return new IOException(missing.orElseGet(() -> ErrorLine.of(e.getCause())) + gaveUp, e);
  }

  /** How to go on where a job ran, if it kept anything; empty if it never began. */
  private String gaveUp(ExecutionException e) {
    boolean ran = ExceptionUtils.findThrowable(e, JobExecutionException.class).isPresent();
    if (!ran || !run.checkpoints().holdsAny()) {
      return "";
    }
    return "; the job gave up after %d restart(s) (checkpoints.restarts), go on with --from and the newest chk- folder in %s"
        .formatted(run.job().run().restarts(), run.checkpoints().place());
  }

  /** Prints what is new; a file that was cut back after a restart is read again from there. */
  private void printNew() throws IOException {
    if (!Files.exists(metrics)) {
      return;
    }
    try (RandomAccessFile file = new RandomAccessFile(metrics.toFile(), "r")) {
      position = Math.min(position, file.length());
      byte[] bytes = new byte[(int) (file.length() - position)];
      file.seek(position);
      file.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      int end = text.lastIndexOf('\n') + 1;
      text.substring(0, end).lines().forEach(this::print);
      position += text.substring(0, end).getBytes(StandardCharsets.UTF_8).length;
    }
  }

  private void print(String json) {
    try {
      JsonNode line = JSON.readTree(json);
      out.accept(
          String.format(
              Locale.ROOT,
              "%s  %-18s  %,9d events  AUC %.4f  NE %.4f",
              Instant.ofEpochMilli(MetricColumns.START.wholeIn(line))
                  .toString()
                  .replace("T00:00:00Z", ""),
              MetricColumns.ARM.textIn(line),
              MetricColumns.EVENTS.wholeIn(line),
              MetricColumns.AUC.numberIn(line),
              MetricColumns.NE.numberIn(line)));
    } catch (IOException e) {
      out.accept(json);
    }
  }
}
