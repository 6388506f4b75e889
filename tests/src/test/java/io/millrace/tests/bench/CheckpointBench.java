package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.dense.DenseEngines;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.event.ClickEvent;
import io.millrace.hash.ModuloHash;
import io.millrace.random.Seeds;
import io.millrace.state.RawState;
import io.millrace.store.FolderTree;
import io.millrace.table.FrozenState;
import io.millrace.table.IdIndex;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A student of 2 GB, tables with row-wise Adagrad, that is checkpointed to a local folder every 30
 * s: how long training stands still. Target: less than 5 % of the time. Three ways in turn, an
 * interval each: no checkpoint, one written while training stands still, one frozen and written
 * beside it. What training is stopped for is freezing, keeping rows aside, and waiting where the
 * memory for them is used up. What the writer takes of caches and memory shows in the processor
 * time of an example, against no checkpoint; and all of it in the examples lost, which on a busy
 * machine say little. Beside it: a plain write of as many bytes into the same folder.
 *
 * <p>Two of 26 fields have a row for each id and an index, the others are hashed; every example has
 * new ids, most of them of a few hot ones ({@code bench.skew}, 1 for uniform). Run with {@code
 * -Dtest.heap=6g}.
 */
@Tag("bench")
class CheckpointBench {
  private static final double TARGET = .05;
  private static final int BATCH = 128;
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);
  private static final double INTERVAL = Integer.getInteger("bench.interval", 30);
  private static final double SKEW = Double.parseDouble(System.getProperty("bench.skew", "4"));
  private static final long MODEL_BYTES = Long.getLong("bench.bytes", 2_000_000_000L);
  private static final int INDEXED = 2;
  private static final int ROW_BYTES = (CriteoModel.DIM + 1) * Float.BYTES;
  private static final int ROWS = (int) (MODEL_BYTES / ROW_BYTES / CriteoModel.FIELDS);

  private final Path folder =
      Path.of(System.getProperty("bench.folder", "target/checkpoint-bench")).toAbsolutePath();

  /** What an interval gave. */
  private record Interval(
      double examples, double processor, double stopped, double writing, long extraBytes) {
    double stoppedShare() {
      return stopped / INTERVAL;
    }
  }

  @AfterEach
  void clear() throws IOException {
    FolderTree.delete(folder);
  }

  @Test
  void twoGigabytes() throws Exception {
    assumeTrue(
        Runtime.getRuntime().maxMemory() > 2 * MODEL_BYTES, "run with -Dtest.heap=6g or more");
    Files.createDirectories(folder);
    Student student = new Student();
    student.train(INTERVAL / 3);
    double[] atOnceStops = new double[ROUNDS];
    double[] besideStops = new double[ROUNDS];
    System.out.printf(
        Locale.ROOT,
        "%nCheckpoints of %.2f GB every %.0f s, skew %.1f, load %.1f%n"
            + "                           stopped          writing  extra memory  processor time  lost%n",
        student.model.trainingBytes() / 1e9,
        INTERVAL,
        SKEW,
        Processor.load());
    for (int r = 0; r < ROUNDS; r++) {
      Interval free = student.train(INTERVAL);
      Interval atOnce = student.writeAtOnce();
      Interval beside = student.writeBeside();
      double plain = plainWrite(student.lastBytes);
      print("no checkpoint", free, free);
      print("written at once", atOnce, free);
      print("frozen, written beside", beside, free);
      System.out.printf(Locale.ROOT, "  a plain write %36.2f s%n", plain);
      atOnceStops[r] = atOnce.stoppedShare();
      besideStops[r] = beside.stoppedShare();
    }
    System.out.printf(
        Locale.ROOT,
        "  stopped, median: at once %.2f %%, beside %.2f %%, target < %.0f %%%n",
        100 * median(atOnceStops),
        100 * median(besideStops),
        100 * TARGET);
    BenchResults.add(CheckpointBench.class, "stopped, at once", median(atOnceStops), "share");
    BenchResults.add(CheckpointBench.class, "stopped, beside", median(besideStops), "share");
    assertThat(student.equalBytes()).isTrue();
    assertThat(median(besideStops)).isLessThan(TARGET);
  }

  private static double median(double[] values) {
    return Stream.of(values)
        .flatMapToDouble(java.util.Arrays::stream)
        .sorted()
        .toArray()[values.length / 2];
  }

  private static void print(String what, Interval with, Interval without) {
    System.out.printf(
        Locale.ROOT,
        "  %-23s %6.2f s %5.2f %% %8.2f s %10.1f MB %13.3f x %5.1f %%%n",
        what,
        with.stopped,
        100 * with.stoppedShare(),
        with.writing,
        with.extraBytes / 1e6,
        with.processor / without.processor,
        100 * (1 - with.examples / without.examples));
  }

  private double plainWrite(long bytes) throws IOException {
    byte[] some = new byte[1 << 16];
    Path file = folder.resolve("plain");
    long start = System.nanoTime();
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long left = bytes; left > 0; left -= some.length) {
        out.write(some, 0, (int) Math.min(left, some.length));
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    Files.delete(file);
    return seconds;
  }

  /** The model, and events without end. */
  private final class Student {
    final ClickModel model;
    long lastBytes;
    private final List<ClickEvent> batch = new ArrayList<>();
    private final SplittableRandom random = Seeds.generator(1, "bench", 0);
    private final float[] p = new float[BATCH];
    private final FsCheckpointStreamFactory storage =
        new FsCheckpointStreamFactory(
            LocalFileSystem.getSharedInstance(), path("own"), path("shared"), 1 << 14, 1 << 12);

    Student() {
      DenseOptimizer dense = DenseOptimizer.of(DenseOptimizer.Rule.ADAM, .001);
      TableOptimizer rows = new TableOptimizer(TableOptimizer.Rule.ROWWISE_ADAGRAD, .01);
      String engine = System.getProperty("bench.engine", "auto");
      List<FieldTable> fields = new ArrayList<>();
      for (int f = 0; f < CriteoModel.FIELDS; f++) {
        RowInit init = RowInit.dlrm(ROWS, f);
        if (f < INDEXED) {
          PlainTable table = new PlainTable(0, CriteoModel.DIM, rows, init);
          IdIndex index = new IdIndex(2 * ROWS);
          for (int id = 0; id < ROWS; id++) {
            index.access(id);
          }
          table.grow(ROWS, 0);
          fields.add(FieldTable.indexed(f, table, index));
        } else {
          fields.add(
              FieldTable.hashed(
                  f, new PlainTable(ROWS, CriteoModel.DIM, rows, init), new ModuloHash(ROWS, f)));
        }
      }
      Dlrm network =
          new Dlrm(
              CriteoModel.DENSE,
              CriteoModel.DIM,
              DenseEngines.of(engine).create(new MlpSpec(CriteoModel.BOTTOM, true), dense, 1),
              DenseEngines.of(engine).create(new MlpSpec(CriteoModel.TOP, false), dense, 2),
              fields,
              DenseEngines.of(engine).products());
      model = new ClickModel(network, null);
      int[] offsets = new int[CriteoModel.FIELDS + 1];
      java.util.Arrays.setAll(offsets, f -> f);
      for (int b = 0; b < BATCH; b++) {
        batch.add(
            new ClickEvent(
                b,
                b % 4 == 0 ? 1 : 0,
                new float[CriteoModel.DENSE],
                new long[CriteoModel.FIELDS],
                offsets));
      }
    }

    private org.apache.flink.core.fs.Path path(String name) {
      return new org.apache.flink.core.fs.Path(folder.resolve(name).toUri());
    }

    private void step() {
      for (ClickEvent event : batch) {
        for (int i = 0; i < event.dense().length; i++) {
          event.dense()[i] = (float) random.nextDouble();
        }
        for (int f = 0; f < event.ids().length; f++) {
          event.ids()[f] = (long) (Math.pow(random.nextDouble(), SKEW) * ROWS);
        }
      }
      model.predict(batch, p);
      model.learn(batch, p);
    }

    /** Trains until a time, ns. */
    private Interval trainUntil(long end) {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long processor = -threads.getCurrentThreadCpuTime();
      long examples = 0;
      for (; System.nanoTime() < end; examples += BATCH) {
        step();
      }
      processor += threads.getCurrentThreadCpuTime();
      return new Interval(examples, (double) processor / examples, 0, 0, 0);
    }

    private long end() {
      return System.nanoTime() + (long) (INTERVAL * 1e9);
    }

    Interval train(double seconds) {
      return trainUntil(System.nanoTime() + (long) (seconds * 1e9));
    }

    Interval writeAtOnce() throws Exception {
      long end = end();
      long start = System.nanoTime();
      CheckpointStateOutputStream stream =
          storage.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE);
      DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stream, 1 << 16));
      model.writeState(out);
      out.flush();
      StreamStateHandle handle = stream.closeAndGetHandle();
      double stopped = (System.nanoTime() - start) / 1e9;
      lastBytes = handle.getStateSize();
      Interval trained = trainUntil(end);
      handle.discardState();
      return new Interval(trained.examples, trained.processor, stopped, stopped, 0);
    }

    Interval writeBeside() throws Exception {
      long end = end();
      long start = System.nanoTime();
      FrozenState frozen = RawState.freeze("bench", 1, model::writeState, MODEL_BYTES / 4);
      var future = RawState.later(frozen, storage, new CloseableRegistry());
      double freezing = (System.nanoTime() - start) / 1e9;
      long[] written = new long[1];
      Thread writer =
          new Thread(
              () -> {
                future.run();
                written[0] = System.nanoTime();
              });
      writer.start();
      Interval trained = trainUntil(end);
      writer.join();
      future.get().discardState();
      return new Interval(
          trained.examples,
          trained.processor,
          freezing + frozen.ownersNanos() / 1e9,
          (written[0] - start) / 1e9,
          frozen.mostPreservedBytes() + frozen.copiedBytes());
    }

    /** Whether both ways write the same bytes, with training going on after the freeze. */
    boolean equalBytes() throws IOException {
      Checksum wanted = new Checksum();
      model.writeState(new DataOutputStream(wanted));
      FrozenState frozen = FrozenState.of(model::writeState, MODEL_BYTES / 4, System::nanoTime);
      for (int s = 0; s < 20; s++) {
        step();
      }
      Checksum was = new Checksum();
      frozen.writeTo(was);
      return was.sum.getValue() == wanted.sum.getValue();
    }
  }

  private static final class Checksum extends OutputStream {
    final java.util.zip.CRC32C sum = new java.util.zip.CRC32C();

    @Override
    public void write(int b) {
      sum.update(b);
    }

    @Override
    public void write(byte[] bytes, int from, int n) {
      sum.update(bytes, from, n);
    }
  }
}
