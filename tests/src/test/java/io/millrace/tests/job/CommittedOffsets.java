package io.millrace.tests.job;

import io.millrace.jobfile.JobConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/** How far a job has read, by what it has committed with its newest checkpoint. */
final class CommittedOffsets implements AutoCloseable {

  private final Admin admin;
  private final String group;

  CommittedOffsets(JobConfig job) {
    this.admin = job.kafka().clients().openAdmin();
    this.group = job.kafka().group();
  }

  /** Events of all partitions before the newest checkpoint. */
  long events() throws Exception {
    return admin
        .listConsumerGroupOffsets(group)
        .partitionsToOffsetAndMetadata()
        .get()
        .values()
        .stream()
        .mapToLong(OffsetAndMetadata::offset)
        .sum();
  }

  @Override
  public void close() {
    admin.close();
  }
}
