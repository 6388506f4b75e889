package io.millrace.tests.bench;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.dense.DenseNet;
import io.millrace.event.ClickEvent;
import io.millrace.table.EmbeddingTable;
import io.millrace.tests.ProjectRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * facebookresearch/dlrm in a process of its own, which trains on command: {@code
 * src/test/python/dlrm_step.py}.
 *
 * <p>{@code -Dpeer.dlrm=FOLDER} names a clone of it; {@code -Dpeer.python=PROGRAM} a Python with
 * numpy and torch, by default {@code /usr/bin/python3} (Debian's python3-torch has both).
 */
final class DlrmPeer implements AutoCloseable {
  private final Process process;
  private final PrintWriter commands;
  private final BufferedReader answers;

  /** Version of torch. */
  final String version;

  /**
   * Starts the peer and waits until it is ready.
   *
   * @param data folder that {@link #write} filled
   * @param unlocked whether MKL may take AVX-512 on AMD too
   */
  DlrmPeer(Path data, String optimizer, double rate, int batch, boolean unlocked)
      throws IOException {
    Path script = ProjectRoot.find().resolve("tests/src/test/python/dlrm_step.py");
    ProcessBuilder builder =
        new ProcessBuilder(
            python(),
            script.toString(),
            folder().toString(),
            data.toString(),
            optimizer,
            Double.toString(rate),
            Integer.toString(batch));
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().remove("OPENBLAS_CORETYPE");
    if (unlocked) {
      builder.environment().put("LD_PRELOAD", unlock(data).toString());
    }
    builder.redirectError(data.resolve("peer.log").toFile());
    process = builder.start();
    commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String ready = answers.readLine();
    if (ready == null) {
      throw new IllegalStateException(
          "the peer did not start: " + Files.readString(data.resolve("peer.log")));
    }
    version = ready;
  }

  private static String python() {
    return System.getProperty("peer.python", "/usr/bin/python3");
  }

  private static Path folder() {
    return Path.of(System.getProperty("peer.dlrm", ""));
  }

  /** Skips the test, and says how to get the peer, where it is not there. */
  static void assumeThere() throws IOException, InterruptedException {
    assumeTrue(
        Files.exists(folder().resolve("dlrm_s_pytorch.py")),
        "no peer: clone facebookresearch/dlrm and name its folder with -Dpeer.dlrm=FOLDER");
    Process torch =
        new ProcessBuilder(python(), "-c", "import torch, numpy")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assumeTrue(
        torch.waitFor() == 0,
        "no peer: install Debian's python3-torch, or name a Python with torch and numpy with"
            + " -Dpeer.python=PROGRAM");
  }

  /**
   * A library that tells MKL what it asks of processors that are not Intel's; needs a C compiler.
   */
  private static Path unlock(Path folder) throws IOException {
    Path library = folder.resolve("unlock.so");
    if (!Files.exists(library)) {
      Process compiler =
          new ProcessBuilder("cc", "-shared", "-fPIC", "-x", "c", "-o", library.toString(), "-")
              .start();
      try (OutputStream source = compiler.getOutputStream()) {
        source.write(
            "int mkl_serv_intel_cpu_true(void) { return 1; }\n".getBytes(StandardCharsets.UTF_8));
      }
      awaitSuccess(compiler);
    }
    return library;
  }

  private static void awaitSuccess(Process process) {
    try {
      if (process.waitFor() != 0) {
        throw new IllegalStateException("cc failed with status " + process.exitValue());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes shape, examples and the present parameters of a model with plain tables. */
  static void write(CriteoModel criteo, Path folder) throws IOException {
    int fields = CriteoModel.FIELDS;
    List<ClickEvent> examples = criteo.examples();
    List<Integer> shape = new ArrayList<>();
    shape.addAll(List.of(examples.size(), fields, CriteoModel.ROWS, CriteoModel.DIM));
    for (List<Integer> mlp : List.of(CriteoModel.BOTTOM, CriteoModel.TOP)) {
      shape.add(mlp.size());
      shape.addAll(mlp);
    }
    ByteBuffer bytes = littleEndian(shape.size() * 4L);
    shape.forEach(bytes::putInt);
    write(folder.resolve("shape"), bytes);
    bytes = littleEndian(4L * CriteoModel.DENSE * examples.size());
    for (ClickEvent example : examples) {
      for (float x : example.dense()) {
        bytes.putFloat(x);
      }
    }
    write(folder.resolve("dense"), bytes);
    bytes = littleEndian((long) fields * examples.size() * 8);
    for (int f = 0; f < fields; f++) {
      for (ClickEvent example : examples) {
        bytes.putLong(CriteoModel.hash(f).row(example.ids()[f]));
      }
    }
    write(folder.resolve("rows"), bytes);
    bytes = littleEndian(examples.size() * 4L);
    for (ClickEvent example : examples) {
      bytes.putFloat(example.label());
    }
    write(folder.resolve("labels"), bytes);
    writeWeights(criteo, folder.resolve("weights"));
  }

  private static void writeWeights(CriteoModel criteo, Path file) throws IOException {
    long mlps = criteo.model.mlpBytes();
    long tables = (long) CriteoModel.FIELDS * CriteoModel.ROWS * CriteoModel.DIM * 4;
    ByteBuffer bytes = littleEndian(mlps + tables);
    for (DenseNet net : List.of(criteo.network.bottom(), criteo.network.top())) {
      for (float[] tensor : net.parameters()) {
        for (float w : tensor) {
          bytes.putFloat(w);
        }
      }
    }
    float[] row = new float[CriteoModel.DIM];
    for (int f = 0; f < CriteoModel.FIELDS; f++) {
      EmbeddingTable table = criteo.model.fields().get(f).table();
      for (int r = 0; r < CriteoModel.ROWS; r++) {
        table.collapseRow(r, row, 0);
        for (float w : row) {
          bytes.putFloat(w);
        }
      }
    }
    write(file, bytes);
  }

  private static ByteBuffer littleEndian(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void write(Path file, ByteBuffer bytes) throws IOException {
    bytes.flip();
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }

  /** Trains; returns the nanoseconds of processor time that it took. */
  double train(int steps) {
    return Double.parseDouble(ask("train " + steps).split(" ")[0]);
  }

  /** Predictions for the first batch. */
  float[] predict() {
    String[] numbers = ask("predict").split(" ");
    float[] p = new float[numbers.length];
    for (int i = 0; i < p.length; i++) {
      p[i] = Float.parseFloat(numbers[i]);
    }
    return p;
  }

  private String ask(String command) {
    commands.println(command);
    try {
      String answer = answers.readLine();
      if (answer == null) {
        throw new IllegalStateException("the peer ended at '" + command + "'");
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    commands.close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroy();
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }
}
