package io.millrace.tests.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/** Processor time, and what to make of several measurements of it. */
final class Processor {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private Processor() {}

  /** Nanoseconds that all threads of this process took together while {@code work} ran. */
  static double nanos(Runnable work) {
    long start = SYSTEM.getProcessCpuTime();
    work.run();
    return SYSTEM.getProcessCpuTime() - start;
  }

  /** Processes that wanted a core, averaged over the last minute. */
  static double load() {
    return SYSTEM.getSystemLoadAverage();
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  }

  /** Median of {@code above[i] / below[i]}: the ratio of rounds that ran next to each other. */
  static double medianRatio(double[] above, double[] below) {
    double[] ratios = new double[above.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = above[i] / below[i];
    }
    return median(ratios);
  }
}
