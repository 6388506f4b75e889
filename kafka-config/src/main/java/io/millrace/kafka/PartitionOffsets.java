package io.millrace.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Asks the broker for offsets of partitions, without waiting for the answer. The client is opened
 * with the first question.
 */
public final class PartitionOffsets implements AutoCloseable {

  private final ClientSettings settings;
  private Admin admin;

  /** Asks nothing yet. */
  public PartitionOffsets(ClientSettings settings) {
    this.settings = settings;
  }

  /** The earliest offset of each partition; the future fails if the broker does not answer. */
  public CompletableFuture<Map<TopicPartition, Long>> earliest(
      Collection<TopicPartition> partitions) {
    return of(partitions, OffsetSpec.earliest());
  }

  /** The offset of the next record of each partition; likewise. */
  public CompletableFuture<Map<TopicPartition, Long>> latest(
      Collection<TopicPartition> partitions) {
    return of(partitions, OffsetSpec.latest());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // each outcome completes the answer
  private CompletableFuture<Map<TopicPartition, Long>> of(
      Collection<TopicPartition> partitions, OffsetSpec which) {
    CompletableFuture<Map<TopicPartition, Long>> answer = new CompletableFuture<>();
    try {
      if (admin == null) {
        admin = settings.openAdmin();
      }
      admin
          .listOffsets(partitions.stream().collect(Collectors.toMap(p -> p, p -> which)))
          .all()
          .whenComplete(
              (found, error) -> {
                if (error == null) {
                  Map<TopicPartition, Long> offsets = new HashMap<>();
                  found.forEach((partition, info) -> offsets.put(partition, info.offset()));
                  answer.complete(offsets);
                } else {
                  answer.completeExceptionally(error);
                }
              });
    } catch (BrokerException e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }
}
