package io.millrace.flink.graph;

import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;

/**
 * A reader that emits some more records when another reader, which does all the work, has reached
 * the end of its input.
 *
 * @param <T> the type of its records
 */
@SuppressWarnings("try") // close() of a reader may throw anything
final class EndingReader<T> extends ForwardingReader<T, T> {

  private final Supplier<List<T>> last;
  private boolean ended;

  /**
   * Wraps a reader.
   *
   * @param last the records that it emits at its end; asked for once, on the reader's thread
   */
  EndingReader(SourceReader<T, KafkaPartitionSplit> reader, Supplier<List<T>> last) {
    super(reader);
    this.last = last;
  }

  @Override
  public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
    InputStatus status = reader.pollNext(output);
    if (status == InputStatus.END_OF_INPUT && !ended) {
      ended = true;
      last.get().forEach(output::collect);
    }
    return status;
  }
}
