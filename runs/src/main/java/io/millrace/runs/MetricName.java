package io.millrace.runs;

/** A metric of a running job, as Flink's reporters get it. */
public sealed interface MetricName permits JobMetric, FlinkMetric {

  /** Its name, without the operator's scope. */
  String key();

  /** Nanoseconds in seconds, the unit of every metric of time. */
  static double secondsOfNanos(long nanos) {
    return nanos / 1e9;
  }

  /** Milliseconds in seconds, the unit of every metric of time. */
  static double secondsOfMillis(long millis) {
    return millis / 1e3;
  }
}
