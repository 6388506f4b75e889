package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millrace.dense.DenseOptimizer;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.TableOptimizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a training student takes: heap after a collection, and the growth of the process's memory
 * outside of the heap, against rows x (d or k) x 4 bytes and the optimiser's state. Target: at most
 * 1.2 times, and nothing allocated for an example.
 */
@Tag("bench")
class StudentMemoryBench {
  private static final int BATCH = 128;

  @Test
  void students() throws IOException {
    TableOptimizer.Rule sgd = TableOptimizer.Rule.SGD;
    TableOptimizer.Rule rowwise = TableOptimizer.Rule.ROWWISE_ADAGRAD;
    long rows = (long) CriteoModel.FIELDS * CriteoModel.ROWS;
    System.out.println();
    student("plain, sgd", CriteoModel.plain(sgd, .1), DenseOptimizer.Rule.SGD, rows * 16 * 4);
    student(
        "plain, row-wise Adagrad",
        CriteoModel.plain(rowwise, .01),
        DenseOptimizer.Rule.ADAGRAD,
        rows * 17 * 4);
    student("MLET k = 64, sgd", CriteoModel.mlet(64, .1), DenseOptimizer.Rule.SGD, rows * 64 * 4);
  }

  private static void student(
      String name, IntFunction<EmbeddingTable> table, DenseOptimizer.Rule rule, long needed)
      throws IOException {
    long heap = heap();
    long outside = outside();
    try (CriteoModel model = new CriteoModel(rule, .01, table, 2 * BATCH)) {
      model.train(200, BATCH);
      double allocated = allocated(() -> model.train(500, BATCH)) / (500.0 * BATCH);
      long taken = heap() - heap + Math.max(0, outside() - outside);
      double ratio = (double) taken / needed;
      System.out.printf(
          Locale.ROOT,
          "Student, %-24s needs %5.1f MB, takes %5.1f MB: %.2f x, target <= 1.20;"
              + " allocates %.1f bytes an example%n",
          name,
          needed / 1e6,
          taken / 1e6,
          ratio,
          allocated);
      assertThat(allocated).isLessThan(16);
      assertThat(model.model.trainingBytes()).isGreaterThan(needed);
    }
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** Resident memory but for the heap's: of the parts of the process that no file backs. */
  private static long outside() throws IOException {
    long anonymous = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        anonymous = Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    return anonymous - ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
  }

  private static double allocated(Runnable work) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    work.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
