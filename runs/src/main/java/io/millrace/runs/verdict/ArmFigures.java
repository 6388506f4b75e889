package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.metric.FrequencyBucket;
import io.millrace.runs.line.Column;
import io.millrace.runs.line.MetricColumns;
import java.util.function.ToDoubleFunction;

/** Figures of an arm and window that are computed from columns of its line; NaN for no value. */
public final class ArmFigures {

  private ArmFigures() {}

  /** Bytes of rows, map and linear part. */
  public static double totalBytes(JsonNode line) {
    return MetricColumns.EMBEDDING_BYTES.numberIn(line)
        + MetricColumns.MAP_BYTES.numberIn(line)
        + MetricColumns.LINEAR_BYTES.wholeIn(line);
  }

  /** Share of the weights of all tables that are pruned; NaN for arms without pruning. */
  public static double pruned(JsonNode line) {
    double weights = sumOverTables(line, MetricColumns.WEIGHTS);
    return weights == 0
        ? Double.NaN
        : 1 - sumOverTables(line, MetricColumns.WEIGHTS_LEFT) / weights;
  }

  private static double sumOverTables(JsonNode line, Column<?> figure) {
    double sum = 0;
    for (JsonNode table : MetricColumns.TABLES.in(line)) {
      sum += figure.wholeIn(table);
    }
    return sum;
  }

  /** A figure of a field's table. */
  public static ToDoubleFunction<JsonNode> ofTable(String field, Column<?> figure) {
    return line -> figure.numberIn(MetricColumns.TABLES.in(line).path(field));
  }

  /** A figure of the events in a bucket. */
  public static ToDoubleFunction<JsonNode> ofBucket(FrequencyBucket bucket, Column<?> figure) {
    return line -> figure.numberIn(MetricColumns.BUCKETS.in(line).path(MetricColumns.key(bucket)));
  }
}
