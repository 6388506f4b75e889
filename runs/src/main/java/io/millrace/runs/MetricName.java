package io.millrace.runs;

/** A metric of a running job, as Flink's reporters get it. */
public sealed interface MetricName permits JobMetric, FlinkMetric {

  /** Its name, without the operator's scope. */
  String key();
}
