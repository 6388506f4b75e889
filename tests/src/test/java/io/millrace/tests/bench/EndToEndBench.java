package io.millrace.tests.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.job.JavaProcess;
import io.millrace.tests.job.SeparateBroker;
import io.millrace.tests.protocol.SharedData;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the job costs over learning from a file: processor time of the whole process for an event,
 * Kafka to student with one arm, against {@code millrace train} on the same events. Target: at most
 * 1.25 times. The broker has a process of its own, filled beforehand. Both figures hold the start
 * of their process and its compilation.
 */
@Tag("bench")
class EndToEndBench {
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);
  private static final int COPIES = Integer.getInteger("bench.copies", 20);

  @TempDir private Path folder;

  @Test
  void jobAgainstTrain() throws Exception {
    Path events = folder.resolve("events.csv");
    long n = copies(SharedData.find("data/criteo-80k/events.csv.gz"), events);
    try (SeparateBroker broker = SeparateBroker.start(folder)) {
      Path job = job(broker, n);
      Commands.succeed("replay", "--job", job, "--events", events, "--speed", "max");
      double[][] train = new double[2][ROUNDS];
      double[][] streamed = new double[2][ROUNDS];
      for (int r = 0; r < ROUNDS; r++) {
        String trainDir = folder.resolve("train-" + r).toString();
        measure(
            train,
            r,
            n,
            List.of(
                "train",
                "--job",
                job.toString(),
                "--events",
                events.toString(),
                "--run-dir",
                trainDir));
        String jobDir = folder.resolve("job-" + r).toString();
        measure(streamed, r, n, List.of("job", job.toString(), jobDir, Long.toString(n)));
        assertThat(sorted(jobDir)).isEqualTo(sorted(trainDir));
      }
      System.out.printf(
          Locale.ROOT,
          "%nThe job against train, %,d events, one arm: median of %d rounds, load %.1f%n"
              + "                 train      job    ratio%n"
              + "  processor us %7.1f  %7.1f  %7.2f   target 1.25%n"
              + "  wall us      %7.1f  %7.1f  %7.2f%n",
          n,
          ROUNDS,
          Processor.load(),
          Processor.median(train[0]),
          Processor.median(streamed[0]),
          Processor.medianRatio(streamed[0], train[0]),
          Processor.median(train[1]),
          Processor.median(streamed[1]),
          Processor.medianRatio(streamed[1], train[1]));
      double cpu = Processor.medianRatio(streamed[0], train[0]);
      BenchResults.add(EndToEndBench.class, "job over train, cpu", cpu, "x");
      double micros = Processor.median(streamed[0]);
      BenchResults.add(EndToEndBench.class, "job, cpu", micros, "us an event");
    }
  }

  /** The rows of a log several times over; returns how many. */
  private static long copies(Path log, Path events) throws IOException {
    long rows = 0;
    try (BufferedWriter out = Files.newBufferedWriter(events, UTF_8)) {
      for (int copy = 0; copy < COPIES; copy++) {
        try (InputStream in = Files.newInputStream(log);
            BufferedReader lines =
                new BufferedReader(new InputStreamReader(new GZIPInputStream(in), UTF_8))) {
          String header = lines.readLine();
          if (copy == 0) {
            out.write(header + "\n");
          }
          for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.write(line + "\n");
            rows++;
          }
        }
      }
    }
    return rows;
  }

  /** The example's job with one arm, over as many days. */
  private Path job(SeparateBroker broker, long n) throws IOException {
    String example = Files.readString(ProjectRoot.find().resolve("examples/criteo-80k/job.yaml"));
    String text =
        example.substring(0, example.indexOf("\narms:"))
            + """

            arms: [{name: learned, hash: learned, ratio: 0.1}]
            seeds: [0]
            kafka: {bootstrap: "%s", partitions: 1}
            """
                .formatted(broker.bootstrap());
    return Files.writeString(
        folder.resolve("job.yaml"),
        text.replace("events_per_day: 10000", "events_per_day: " + n / 8));
  }

  private void measure(double[][] micros, int round, long n, List<String> args) throws Exception {
    String console = args.get(0) + round + ".txt";
    Process process =
        JavaProcess.start(folder.resolve(console), "3g", MeasuredProcess.class.getName(), args);
    int code = process.waitFor();
    String text = read(console);
    assertThat(code).as(text).isEqualTo(0);
    String[] spent =
        text.lines()
            .filter(line -> line.startsWith(MeasuredProcess.SPENT))
            .findFirst()
            .orElseThrow()
            .split(" ");
    for (int i = 0; i < 2; i++) {
      micros[i][round] = Long.parseLong(spent[i + 1]) / 1e3 / n;
    }
    System.out.printf("%s, round %d, us an event by thread:%n", args.get(0), round);
    text.lines()
        .filter(line -> line.startsWith(MeasuredProcess.THREAD))
        .map(line -> line.split(" ", 3))
        .forEach(
            part ->
                System.out.printf(
                    Locale.ROOT, "  %6.2f  %s%n", Double.parseDouble(part[1]) * 1e6 / n, part[2]));
  }

  private static List<String> sorted(String runDir) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(Path.of(runDir, "metrics.jsonl")));
    lines.sort(null);
    return lines;
  }

  private String read(String file) throws IOException {
    return Files.readString(folder.resolve(file), UTF_8);
  }
}
