package io.millrace.serving.http;

import java.util.concurrent.atomic.LongAdder;

/** A histogram of times from the first byte of a request until its answer is ready. Thread-safe. */
final class Latencies {

  /** Upper bounds of the buckets, seconds. */
  private static final double[] BOUNDS = {
    .00025, .0005, .001, .002, .005, .01, .025, .05, .1, .25, 1, 10
  };

  private final LongAdder[] counts = new LongAdder[BOUNDS.length + 1];
  private final LongAdder nanos = new LongAdder();

  Latencies() {
    for (int b = 0; b < counts.length; b++) {
      counts[b] = new LongAdder();
    }
  }

  /** Counts a request. */
  void add(long requestNanos) {
    int b = 0;
    while (b < BOUNDS.length && requestNanos > BOUNDS[b] * 1e9) {
      b++;
    }
    counts[b].increment();
    nanos.add(requestNanos);
  }

  /** Writes the samples of a path. */
  void write(String path, PrometheusText text) {
    long sum = 0;
    for (int b = 0; b < counts.length; b++) {
      sum += counts[b].sum();
      String bound = b == BOUNDS.length ? "+Inf" : String.valueOf(BOUNDS[b]);
      text.sample("_bucket", (double) sum, "path", path, "le", bound);
    }
    text.sample("_sum", nanos.sum() / 1e9, "path", path);
    text.sample("_count", (double) sum, "path", path);
  }
}
