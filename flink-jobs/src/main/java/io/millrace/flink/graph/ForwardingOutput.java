package io.millrace.flink.graph;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.SourceOutput;

/**
 * An output that leaves everything but its records to another output.
 *
 * @param <T> the type of its records
 */
abstract class ForwardingOutput<T> implements SourceOutput<T> {

  private final SourceOutput<?> to;

  /** Wraps an output. */
  ForwardingOutput(SourceOutput<?> to) {
    this.to = to;
  }

  @Override
  public void emitWatermark(Watermark watermark) {
    to.emitWatermark(watermark);
  }

  @Override
  public void markIdle() {
    to.markIdle();
  }

  @Override
  public void markActive() {
    to.markActive();
  }
}
