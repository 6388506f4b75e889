package io.millrace.runs.page;

import io.millrace.runs.MetricName;
import java.util.Set;

/**
 * Current metric values of a job that runs in this process. Every value is NaN where the metric is
 * not registered.
 */
public interface JobFigures {

  /** Names of the operators that have registered metrics, sorted. */
  Set<String> operators();

  /** An operator's metric, summed over its subtasks. */
  double sum(String operator, MetricName metric);

  /** The least value of an operator's metric over its subtasks. */
  double min(String operator, MetricName metric);

  /** A metric of the whole job. */
  double ofJob(MetricName metric);

  /** A metric of the tasks that an operator runs in, the greatest over subtasks. */
  double ofTask(String operator, MetricName metric);
}
