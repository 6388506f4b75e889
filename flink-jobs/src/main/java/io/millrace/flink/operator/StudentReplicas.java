package io.millrace.flink.operator;

import io.millrace.event.EventBytes;
import io.millrace.hash.MapVersion;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.PartitionTail;
import io.millrace.replica.Change;
import io.millrace.replica.ChangeCodec;
import io.millrace.replica.Merge;
import io.millrace.replica.RemoteReplicas;
import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaLink;
import io.millrace.replica.SharedMemory;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MetricName;
import io.millrace.state.RecordType;
import io.millrace.state.ReplicaCommandFormat;
import java.io.Serializable;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a student's task shares with the tasks of its replicas ({@link ReplicaOperator}). Commands
 * are a side output, so they arrive in order and exactly once, and a barrier lies between the same
 * two for all. Changes come back by a topic, as a graph has no loop; its end is found before the
 * replicas are told of this attempt. Those of replicas in the same process come as objects, see
 * {@link SharedMemory}.
 *
 * <p>There is no circle of waiting: a replica waits for nothing but its next command, and the topic
 * takes changes also while the student waits for others.
 */
public final class StudentReplicas implements RemoteReplicas.Task, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StudentReplicas.class);

  /**
   * System property: {@code false} if changes and merges always go as bytes, also to replicas in
   * the student's process.
   */
  static final String SHARE = "millrace.replicas.share";

  /** How often {@link #logMissing} is to be called. */
  static final Duration LOOK = Duration.ofSeconds(1);

  private static final Duration LOG_AFTER = Duration.ofSeconds(5);

  /** The side output of commands to replicas. */
  public static final OutputTag<ReplicaCommand> COMMANDS =
      new OutputTag<>("replicas", RecordType.of(new ReplicaCommandFormat()));

  /**
   * Where changes come back.
   *
   * @param kafka how Kafka is reached
   * @param topic of changes
   * @param partition of the arm
   */
  public record Place(ClientSettings kafka, String topic, int partition) implements Serializable {}

  private final Place place;
  private final int count;
  private final String who;
  private final Output<?> output;
  private final Resumer resumer;
  private final long attempt = new SecureRandom().nextLong();
  private final ChangeCodec.Assembler assembler = new ChangeCodec.Assembler(attempt);
  private final SharedMemory memory;
  private final LongAdder commandBytes = new LongAdder();
  private final LongAdder changeBytes = new LongAdder();
  private final LongAdder mergedRows = new LongAdder();
  private final LongAdder mergeNanos = new LongAdder();

  /** The oldest interval that was not there, since when, and when it is logged, ns. */
  private long missingInterval = Long.MIN_VALUE;

  private long missingSince;
  private long logAfter;
  private RemoteReplicas replicas;
  private PartitionTail changes;

  /**
   * Replicas that have been told nothing.
   *
   * @param count number of them
   * @param who name of the student's task, for messages
   */
  StudentReplicas(Place place, int count, String who, Output<?> output, Resumer resumer) {
    this.place = place;
    this.count = count;
    this.who = who;
    this.output = output;
    this.resumer = resumer;
    this.memory =
        Boolean.parseBoolean(System.getProperty(SHARE, "true"))
            ? SharedMemory.open(attempt, this::arrived)
            : null;
  }

  /** The link of the student's learner. */
  ReplicaLink link(IntFunction<MapVersion> maps) {
    replicas = new RemoteReplicas(count, attempt, maps, this);
    replicas.share(memory);
    return replicas;
  }

  /** Reads changes from now on. */
  void start(MetricGroup metrics) {
    metrics.gauge(JobMetric.COMMAND_BYTES_TOTAL.key(), commandBytes::sum);
    metrics.gauge(JobMetric.CHANGE_BYTES_TOTAL.key(), changeBytes::sum);
    metrics.gauge(JobMetric.MERGED_ROWS_TOTAL.key(), mergedRows::sum);
    metrics.gauge(
        JobMetric.MERGE_SECONDS_TOTAL.key(), () -> MetricName.secondsOfNanos(mergeNanos.sum()));
    changes =
        new PartitionTail(
            place.kafka(), place.topic(), place.partition(), this::read, resumer::fail);
  }

  /** On the reader's thread, as a change is large; the task's own thread takes it. */
  private void read(byte[] record) {
    changeBytes.add(record.length);
    try {
      assembler.add(record).ifPresent(this::arrived);
    } catch (IllegalArgumentException e) {
      resumer.fail(
          new IllegalStateException(
              "%s cannot use a record of partition %d of topic %s: %s"
                  .formatted(who, place.partition(), place.topic(), e.getMessage()),
              e));
    }
  }

  private void arrived(Change change) {
    resumer.arrived(() -> replicas.take(change), "a replica's change");
  }

  @Override
  public void send(ReplicaCommand command) {
    commandBytes.add(
        command.event() == null ? command.part().length : EventBytes.length(command.event()));
    output.collect(COMMANDS, new StreamRecord<>(command));
  }

  @Override
  public void await(BooleanSupplier there) {
    resumer.await(there, "what its replicas have changed");
  }

  @Override
  public Merge run(Supplier<Merge> merge) {
    long start = System.nanoTime();
    Merge done = merge.get();
    mergeNanos.add(System.nanoTime() - start);
    mergedRows.add(done.rows());
    return done;
  }

  /** Logs which changes have been missing for long. */
  void logMissing() {
    RemoteReplicas.Missing missing = replicas.missing().orElse(null);
    long now = System.nanoTime();
    if (missing == null || missing.interval() != missingInterval) {
      missingInterval = missing == null ? Long.MIN_VALUE : missing.interval();
      missingSince = now;
      logAfter = LOG_AFTER.toNanos();
    } else if (now - missingSince >= logAfter) {
      LOG.info(
          "{} has been waiting {} s for what replicas {} have changed in interval {}",
          who,
          (now - missingSince) / 1_000_000_000,
          missing.replicas(),
          missing.interval());
      logAfter *= 2;
    }
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
    }
    if (changes != null) {
      changes.close();
    }
  }
}
