package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.counts.CountTable;
import io.millrace.flink.graph.TestJobs;
import io.millrace.maps.TeacherValues;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.state.MapPiece;
import io.millrace.state.ReportLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Law: events and barriers pass while a map is built, and a restart builds it again. */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class MapOperatorTest {

  private static final int IDS = 150;

  private final JobSpec job = TestJobs.live();
  private final long pane = job.windows().pane(TestJobs.START);

  @TempDir Path dir;

  private KeyedOneInputStreamOperatorTestHarness<Integer, MapPiece, ReportLine> harness(Path run)
      throws Exception {
    return new KeyedOneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(MapOperator.class, p -> new MapOperator(p, job, 7, run.toString())),
        MapPiece::field,
        Types.INT);
  }

  private static void pieces(
      KeyedOneInputStreamOperatorTestHarness<Integer, MapPiece, ReportLine> maps, long pane)
      throws Exception {
    long[] ids = LongStream.range(0, IDS).toArray();
    long[] counts = LongStream.range(0, IDS).map(i -> 1 + i % 7).toArray();
    double[] decayed = LongStream.of(counts).asDoubleStream().toArray();
    float[] values = new float[2 * IDS];
    for (int i = 0; i < IDS; i++) {
      values[2 * i] = i % 13;
    }
    long sum = LongStream.of(counts).sum();
    CountTable table = new CountTable(sum, ids, counts, new long[IDS], decayed, new double[IDS]);
    maps.processElement(new StreamRecord<>(MapPiece.of(0, pane, true, table)));
    maps.processElement(
        new StreamRecord<>(MapPiece.of(0, pane, true, false, new TeacherValues(ids, 2, values))));
  }

  private void end(
      KeyedOneInputStreamOperatorTestHarness<Integer, MapPiece, ReportLine> maps, long ended)
      throws Exception {
    maps.processWatermark(new Watermark(job.windows().paneEnd(ended) - 1));
  }

  private static List<String> json(
      KeyedOneInputStreamOperatorTestHarness<Integer, MapPiece, ReportLine> maps) {
    return maps.extractOutputValues().stream().map(ReportLine::json).toList();
  }

  /**
   * A pipe where the builder looks for what may be decided about a window: it stands still in the
   * middle of a build until something is written there.
   */
  private static Path hold(Path run, JobSpec job, long windowEnd)
      throws IOException, InterruptedException {
    String spec = job.mapSpec(job.arms().get(0));
    Path folder = run.resolve(RunFiles.MAPS).resolve(MapFolder.folder(spec, "big"));
    Files.createDirectories(folder);
    Path pipe = folder.resolve("end-" + windowEnd);
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "no mkfifo to hold a builder with");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  /** Whether a builder is where {@link #hold} holds it. */
  private static boolean builderStands() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Stream::of)
        .anyMatch(
            frame ->
                frame.getClassName().equals(MapFolder.class.getName())
                    && frame.getMethodName().equals("find"));
  }

  @Test
  void barriersPassWhileAMapIsBuilt() throws Exception {
    List<String> wanted;
    try (var maps = harness(dir.resolve("free"))) {
      maps.open();
      pieces(maps, pane);
      end(maps, pane);
      pieces(maps, pane + 1);
      end(maps, pane + 1);
      MapOperators.finish(maps);
      wanted = json(maps);
    }
    Path run = dir.resolve("held");
    Path pipe = hold(run, job, job.windows().paneEnd(pane));
    OperatorSubtaskState state;
    try (var maps = harness(run)) {
      maps.open();
      pieces(maps, pane);
      end(maps, pane);
      await().until(MapOperatorTest::builderStands);
      pieces(maps, pane + 1);
      state = maps.snapshot(1, 1);
      assertThat(maps.getTaskMailbox().hasMail()).isFalse();
      assertThat(json(maps)).isEmpty();
      Files.writeString(pipe, "");
    }
    try (var maps = harness(dir.resolve("restored"))) {
      maps.initializeState(state);
      maps.open();
      end(maps, pane + 1);
      MapOperators.finish(maps);
      assertThat(json(maps)).isEqualTo(wanted);
    }
  }
}
