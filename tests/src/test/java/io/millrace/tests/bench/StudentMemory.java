package io.millrace.tests.bench;

import com.sun.management.ThreadMXBean;
import io.millrace.dense.DenseOptimizer;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.TableOptimizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;

/**
 * Trains two students of a kind one after the other, alone in a process, and prints the bytes that
 * the second takes while the first is still held, and those it says it takes.
 *
 * <p>The process is to be started with a heap of a fixed size whose pages are touched at the start,
 * so that what is resident beyond it is outside of the heap; and without compilers, whose own
 * memory would be counted. Loaded libraries and the products compiled for the MLPs' shapes are
 * there once a process, whatever the number of students: they are counted with the first.
 */
final class StudentMemory {
  private static final int BATCH = 128;

  private StudentMemory() {}

  /** {@code plain}, {@code rowwise} or {@code mlet}. */
  public static void main(String[] args) throws IOException {
    try (CriteoModel first = student(args[0])) {
      first.train(3, BATCH);
      long heap = heap();
      long outside = outside();
      try (CriteoModel second = student(args[0])) {
        second.train(3, BATCH);
        long taken = heap() - heap + outside() - outside;
        System.out.println(taken + " " + second.model.trainingBytes());
      }
    }
  }

  private static CriteoModel student(String kind) {
    boolean rowwise = kind.equals("rowwise");
    TableOptimizer.Rule rows =
        rowwise ? TableOptimizer.Rule.ROWWISE_ADAGRAD : TableOptimizer.Rule.SGD;
    IntFunction<EmbeddingTable> table =
        kind.equals("mlet") ? CriteoModel.mlet(64, .01) : CriteoModel.plain(rows, .01);
    DenseOptimizer.Rule dense = rowwise ? DenseOptimizer.Rule.ADAGRAD : DenseOptimizer.Rule.SGD;
    return new CriteoModel(dense, .01, table, 2 * BATCH);
  }

  /** Bytes of the heap that a student in steady state allocates for an example. */
  static long allocated(String kind) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (CriteoModel model = student(kind)) {
      model.train(200, BATCH);
      long before = threads.getCurrentThreadAllocatedBytes();
      model.train(500, BATCH);
      return (threads.getCurrentThreadAllocatedBytes() - before) / (500 * BATCH);
    }
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** Resident memory that no file backs, but for the heap. */
  private static long outside() throws IOException {
    long anonymous = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        anonymous = Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    return anonymous - ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
  }
}
