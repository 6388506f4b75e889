package io.millrace.tests.gpu;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngines;
import io.millrace.event.Warning;
import io.millrace.file.EventInputs;
import io.millrace.jobfile.JobConfig;
import io.millrace.runs.FileTraining;
import io.millrace.runs.RunFiles;
import io.millrace.student.MetricLine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The steps of {@code tests/gpu/check.sh} that are programs, each a process of its own:
 *
 * <pre>
 * engine  ENGINE               loads it and prints its name: djl-gpu with a card, else djl-cpu
 * train   JOB EVENTS RUN SEED  trains as the command does, and prints seconds
 * compare RUN RUN              agreement of the maps of two runs, and the AUC of their arms
 * steps   ENGINE               time of a training step by size of the batch
 * </pre>
 */
public final class DeviceCheck {
  private DeviceCheck() {}

  /** Runs the step that the arguments name. */
  public static void main(String[] args) throws IOException {
    switch (args[0]) {
      case "engine" -> engine(args[1]);
      case "train" -> train(args[1], args[2], Path.of(args[3]), Long.parseLong(args[4]));
      case "compare" -> RunComparison.print(Path.of(args[1]), Path.of(args[2]));
      case "steps" -> StepTimes.print(DenseEngines.of(args[1]));
      default -> throw new IllegalArgumentException("unknown step " + args[0]);
    }
  }

  private static void engine(String name) {
    DenseEngine engine = DenseEngines.of(name);
    System.out.println(engine.name());
  }

  private static void train(String jobFile, String events, Path dir, long seed) throws IOException {
    JobConfig job = JobConfig.read(Path.of(jobFile));
    long start = System.nanoTime();
    try (EventInputs inputs =
        EventInputs.find(List.of(events), InputStream.nullInputStream(), true)) {
      RunFiles files = RunFiles.create(dir);
      new FileTraining(job, inputs.all(), files, seed, true, new Quiet()).run();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(Locale.ROOT, "%s, seed %d: %.1f s%n", dir.getFileName(), seed, seconds);
  }

  /** Prints warnings alone. */
  private static final class Quiet implements FileTraining.Listener {
    @Override
    public void metrics(MetricLine line) {}

    @Override
    public void warning(Warning warning) {
      System.out.println("warn  " + warning.text());
    }

    @Override
    public void at(double share, long rows) {}
  }
}
