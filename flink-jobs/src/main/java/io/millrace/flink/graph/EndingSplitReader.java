package io.millrace.flink.graph;

import java.util.Collection;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaPartitionSplitReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;

/**
 * Fetches partitions, and does not fail when a partition that has just ended is to be paused or
 * resumed.
 *
 * <p>The task asks for that while it still has records of the partition to emit; the consumer gave
 * the partition up when it had fetched them, and throws (FLINK-39728). Each such failure restarts
 * the job, and the next attempt may fail in the same way.
 */
@SuppressWarnings("try") // close() of the class above is declared to throw any exception
final class EndingSplitReader extends KafkaPartitionSplitReader {

  /** As {@link KafkaPartitionSplitReader}. */
  EndingSplitReader(
      Properties consumer, SourceReaderContext context, KafkaSourceReaderMetrics metrics) {
    super(consumer, context, metrics);
  }

  /** One partition at a time, so that each of the others is paused or resumed. */
  @Override
  public void pauseOrResumeSplits(
      Collection<KafkaPartitionSplit> pause, Collection<KafkaPartitionSplit> resume) {
    resume.forEach(split -> unlessEnded(List.of(), List.of(split)));
    pause.forEach(split -> unlessEnded(List.of(split), List.of()));
  }

  private void unlessEnded(List<KafkaPartitionSplit> pause, List<KafkaPartitionSplit> resume) {
    try {
      super.pauseOrResumeSplits(pause, resume);
    } catch (IllegalStateException e) {
      // The partition is not assigned any more. A closed consumer fails at the next fetch.
    }
  }
}
