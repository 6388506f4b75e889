package io.millrace.cluster;

import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

/**
 * Splits long loops into parts that the common pool runs in parallel. The results of the loops must
 * not depend on the boundaries of parts, so that they are the same for any number of cores.
 *
 * @param shortest fewest elements of a part; fewer are not worth another thread
 * @param most parts of a loop; more than cores, so that a busy core gets fewer
 */
record Parts(int shortest, int most) {

  private static final int PARTS_PER_CORE = 4;

  /** For the cores of this machine. */
  static final Parts DEFAULT =
      new Parts(1 << 15, PARTS_PER_CORE * (ForkJoinPool.getCommonPoolParallelism() + 1));

  /** The body of a loop, for the elements {@code [from, to)} of one part. */
  interface Body {
    void run(int part, int from, int to);
  }

  /** Number of parts of a loop over {@code length} elements, at least 1. */
  int count(int length) {
    return Math.max(1, Math.min(length / shortest, most));
  }

  /** Where part {@code part} of a loop over {@code length} elements begins. */
  int start(int part, int length) {
    return (int) ((long) length * part / count(length));
  }

  /** Runs the body on each part. */
  void run(int length, Body body) {
    int parts = count(length);
    if (parts == 1) {
      body.run(0, 0, length);
    } else {
      IntStream.range(0, parts)
          .parallel()
          .forEach(p -> body.run(p, start(p, length), start(p + 1, length)));
    }
  }
}
