package io.millrace.flink.graph;

import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.UserCodeClassLoader;

/** What a decoder of records may ask a reader for. */
record OfReader(SourceReaderContext context)
    implements DeserializationSchema.InitializationContext {

  @Override
  public MetricGroup getMetricGroup() {
    return context.metricGroup();
  }

  @Override
  public UserCodeClassLoader getUserCodeClassLoader() {
    return context.getUserCodeClassLoader();
  }
}
