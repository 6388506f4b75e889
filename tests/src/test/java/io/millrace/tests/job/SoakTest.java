package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.format.BinaryEventCodec;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedStream;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.EventReplay;
import io.millrace.runs.RunFiles;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.job.SoakPicture.Panel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a job at full load, with a checkpoint each 10 seconds and ids that come and go, takes no
 * more memory, state or time for an event as it goes on. {@code -Dsoak.minutes} sets how long, 30
 * by default; the first third is for warming up. The picture is {@code tests/target/soak.html}.
 */
@Tag("long")
class SoakTest {
  private static final double MINUTES =
      Double.parseDouble(System.getProperty("soak.minutes", "30"));
  private static final int SAMPLE_SECONDS = 5;
  private static final int AHEAD = 1_000_000;
  private static final double GROWTH = 1.1;

  @TempDir private Path folder;

  private final AtomicLong read = new AtomicLong();
  private final long start = System.nanoTime();

  /** What is seen each few seconds. */
  private enum Measure {
    EVENTS("events a second", 1),
    PROCESSOR("processor time of an event, us", 1e3),
    HEAP("heap, least of a minute, MB", 1e6),
    DIRECT("direct memory, MB", 1e6),
    RSS("resident memory of the process, MB", 1e6),
    STATE("bytes of the newest checkpoints, MB", 1e6),
    MAPS("bytes of maps and models, MB", 1e6);

    private final String title;
    private final double unit;

    Measure(String title, double unit) {
      this.title = title;
      this.unit = unit;
    }
  }

  @Test
  void nothingGrows() throws Exception {
    try (SeparateBroker broker = SeparateBroker.start(folder)) {
      soak(JobConfig.read(job(broker)));
    }
  }

  private void soak(JobConfig job) throws Exception {
    job.kafka().topics().ensure(job.kafka().clients());
    List<double[]> samples = new ArrayList<>();
    try (RunningJob running =
            RunningJob.startSampled(folder.resolve("job.yaml"), folder.resolve("run"));
        CommittedOffsets committed = new CommittedOffsets(job)) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () ->
                  EventReplay.run(
                      job.kafka().clients(),
                      EventReplay.Options.max(job.kafka().topics().events()),
                      new Events(job),
                      progress -> {}));
      running.until(running::hasCheckpoint);
      while (!sender.isDone()) {
        Thread.sleep(SAMPLE_SECONDS * 1000L);
        read.set(committed.events());
        samples.add(sample(running));
      }
      sender.join();
    }
    report(samples);
  }

  private Path job(SeparateBroker broker) throws IOException {
    String example = Files.readString(ProjectRoot.find().resolve("examples/generator/job.yaml"));
    String text =
        example.substring(0, example.indexOf("\ndrift:"))
            + """

            arms: [{name: modulo, hash: modulo, ratio: 0.1}, {name: learned, hash: learned, ratio: 0.1}]
            kafka: {bootstrap: "%s", partitions: 1, value: binary}
            checkpoints: {interval: 10s}
            publish: {keep_maps: 5}
            """
                .formatted(broker.bootstrap());
    return Files.writeString(folder.resolve("job.yaml"), text);
  }

  /**
   * The generator's days over and over, so that ids come and go for ever; never far ahead of the
   * job, until the time is up.
   */
  private final class Events implements Iterator<EventReplay.Event> {
    private final GeneratorOptions options = GeneratorOptions.planted();
    private final IdEncoder encoder;
    private final BinaryEventCodec codec;
    private PlantedStream stream = new PlantedStream(options, 0);
    private long shift;
    private int sent;

    private Events(JobConfig job) {
      encoder = new IdEncoder(job.spec().schema().fields());
      codec = new BinaryEventCodec(job.spec().schema(), job.limits());
    }

    @Override
    public boolean hasNext() {
      return System.nanoTime() - start < MINUTES * 60e9;
    }

    @Override
    public EventReplay.Event next() {
      while (sent - read.get() > AHEAD && hasNext()) {
        sleep();
      }
      if (!stream.hasNext()) {
        stream = new PlantedStream(options, 0);
        shift += options.days() * PlantedStream.DAY_MS;
      }
      ClickEvent event = stream.next().toClickEvent(encoder);
      long time = event.eventTime() + shift;
      byte[] bytes =
          codec.encode(
              new ClickEvent(time, event.label(), event.dense(), event.ids(), event.offsets()));
      return new EventReplay.Event(null, bytes, time, sent++);
    }

    private static void sleep() {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** In the order of {@link Measure}; events are a total here. */
  private double[] sample(RunningJob running) throws IOException {
    String[] memory =
        running
            .console()
            .lines()
            .filter(line -> line.startsWith(SampledProcess.MEMORY))
            .reduce((a, b) -> b)
            .orElseThrow()
            .split(" ");
    return new double[] {
      read.get(),
      running.processorNanos(),
      Double.parseDouble(memory[1]),
      Double.parseDouble(memory[2]),
      running.residentBytes(),
      bytes(running.runDir().resolve("checkpoints")),
      bytes(running.runDir().resolve(RunFiles.MAPS))
          + bytes(running.runDir().resolve(RunFiles.MODELS))
    };
  }

  private static long bytes(Path root) throws IOException {
    if (!Files.exists(root)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files.mapToLong(SoakTest::size).sum();
    } catch (UncheckedIOException e) {
      return bytes(root); // a checkpoint was deleted meanwhile
    }
  }

  private static long size(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void report(List<double[]> samples) throws IOException {
    double[][] series = new double[Measure.values().length][];
    for (Measure measure : Measure.values()) {
      series[measure.ordinal()] = series(samples, measure);
    }
    Path picture = ProjectRoot.find().resolve("tests/target/soak.html");
    SoakPicture.write(
        picture,
        "A job at full load",
        samples.size() * SAMPLE_SECONDS / 60.0,
        Arrays.stream(Measure.values())
            .map(measure -> new Panel(measure.title, series[measure.ordinal()]))
            .toList());
    System.out.printf(
        Locale.ROOT, "%,d events in %.0f minutes: %s%n", read.get(), MINUTES, picture);
    for (Measure measure : Measure.values()) {
      double[] values = series[measure.ordinal()];
      System.out.printf(
          Locale.ROOT,
          "%-36s %,10.0f in the second third, %,10.0f in the last%n",
          measure.title,
          mean(values, 1),
          mean(values, 2));
    }
    // Others share the machine: the rate of events is theirs too, processor time is not.
    for (Measure measure : EnumSet.complementOf(EnumSet.of(Measure.EVENTS))) {
      double[] values = series[measure.ordinal()];
      assertThat(mean(values, 2)).as(measure.title).isLessThan(mean(values, 1) * GROWTH);
    }
  }

  /** Over the last minute: the rate of events, the least of what falls with each collection. */
  private static double[] series(List<double[]> samples, Measure measure) {
    int minute = 60 / SAMPLE_SECONDS;
    double[] values = new double[samples.size()];
    for (int i = 0; i < values.length; i++) {
      int from = Math.max(0, i - minute);
      int column = measure.ordinal();
      double value = samples.get(i)[column];
      values[i] =
          switch (measure) {
                case EVENTS -> (value - samples.get(from)[column]) / ((i - from) * SAMPLE_SECONDS);
                case PROCESSOR ->
                    (value - samples.get(from)[column])
                        / (samples.get(i)[0] - samples.get(from)[0]);
                case HEAP ->
                    samples.subList(from, i + 1).stream()
                        .mapToDouble(s -> s[column])
                        .min()
                        .orElse(0);
                default -> value;
              }
              / measure.unit;
    }
    return values;
  }

  private static double mean(double[] values, int third) {
    int n = values.length / 3;
    return Arrays.stream(values, n * third, n * (third + 1)).average().orElseThrow();
  }
}
