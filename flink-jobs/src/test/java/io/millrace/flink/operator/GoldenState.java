package io.millrace.flink.operator;

import io.millrace.event.ClickEvent;
import io.millrace.flink.graph.TestJobs;
import io.millrace.flink.operator.GoldenState.Maker;
import io.millrace.spec.JobSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OperatorSnapshotUtil;

/**
 * Golden files of the state of operators, as Flink keeps it: one for each operator and format.
 *
 * <p>Each is restored; what the operator writes then is what it was given, or its output is what it
 * would have been. To make those of a new format, raise its number, run {@code ./mvnw test -pl
 * flink-jobs -am -Dtest='Golden*Test' -Dsurefire.failIfNoSpecifiedTests=false -Dgolden.write=true},
 * and keep the old ones if they are still to be read. In that run, a test that only reads may fail
 * as the new file is not yet written; run it again.
 */
@SuppressWarnings("try") // close() of a harness may throw anything
final class GoldenState {

  private static final boolean WRITE = Boolean.getBoolean("golden.write");

  private static final Path RESOURCES =
      Path.of("src/test/resources/io/millrace/flink/operator/golden");

  private static final Base64.Encoder TEXT = Base64.getMimeEncoder(76, new byte[] {10});

  static final JobSpec JOB = TestJobs.everything(50, 30);

  static final List<ClickEvent> EVENTS = TestJobs.events(3, 200, 0, 1);

  static final long SEED = 7;

  private GoldenState() {}

  /** A harness that may throw. */
  @FunctionalInterface
  interface Maker<H extends AbstractStreamOperatorTestHarness<?>> {
    H make() throws Exception;
  }

  /** What is done to an operator. */
  @FunctionalInterface
  interface Use<H extends AbstractStreamOperatorTestHarness<?>> {
    void on(H harness) throws Exception;
  }

  /**
   * The golden state; if there is none, made by {@code before} with {@code -Dgolden.write=true}.
   */
  static <H extends AbstractStreamOperatorTestHarness<?>> OperatorSubtaskState golden(
      Path dir, String name, Maker<H> maker, Use<H> before) throws Exception {
    Path golden = file(name);
    if (WRITE && !Files.exists(golden)) {
      Path plain = dir.resolve(name);
      try (H harness = maker.make()) {
        harness.open();
        before.on(harness);
        OperatorSnapshotUtil.writeStateHandle(harness.snapshot(1, 1), plain.toString());
      }
      Files.createDirectories(RESOURCES);
      try (OutputStream out = new GZIPOutputStream(TEXT.wrap(Files.newOutputStream(golden)))) {
        Files.copy(plain, out);
      }
      Files.delete(plain);
    }
    return stored(dir, name);
  }

  /** The golden state, which must be there: it is never written. */
  static OperatorSubtaskState stored(Path dir, String name) throws Exception {
    Path plain = dir.resolve(name);
    try (InputStream in =
        new GZIPInputStream(Base64.getMimeDecoder().wrap(Files.newInputStream(file(name))))) {
      Files.copy(in, plain);
    }
    return OperatorSnapshotUtil.readStateHandle(plain.toString());
  }

  private static Path file(String name) {
    return RESOURCES.resolve(name + ".state.b64");
  }

  /** Bytes of the raw state of an operator. */
  static byte[] raw(OperatorSubtaskState state) throws IOException {
    OperatorStateHandle handle = state.getRawOperatorState().iterator().next();
    try (InputStream in = handle.openInputStream()) {
      return in.readAllBytes();
    }
  }

  /** Restores a state and takes the next snapshot at once. */
  static <H extends AbstractStreamOperatorTestHarness<?>> byte[] again(
      Maker<H> maker, OperatorSubtaskState state) throws Exception {
    try (H harness = maker.make()) {
      harness.initializeState(state);
      harness.open();
      return raw(harness.snapshot(2, 2));
    }
  }
}
