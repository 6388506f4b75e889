package io.millrace.tests.job;

import io.millrace.flink.cli.Millrace;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * A command in a process that prints each second how much memory it uses: {@code MEMORY heap-bytes
 * direct-bytes}.
 */
final class SampledProcess {
  /** Begins each line. */
  static final String MEMORY = "MEMORY";

  private SampledProcess() {}

  /** The command and its arguments. */
  public static void main(String[] args) {
    Thread thread = new Thread(SampledProcess::sample, "memory");
    thread.setDaemon(true);
    thread.start();
    Millrace.main(args);
  }

  private static void sample() {
    try {
      while (true) {
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long direct =
            ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        System.out.println(MEMORY + " " + heap + " " + direct);
        Thread.sleep(1000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
