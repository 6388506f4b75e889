package io.millrace.flink.graph;

import io.millrace.event.Reject;
import io.millrace.event.Warning;
import io.millrace.flink.operator.EventRecordDecoder;
import io.millrace.spec.JobSpec;
import io.millrace.state.SourceRecord;
import io.millrace.time.JumpGuard;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/**
 * Decodes the records of one partition, and lets its events through a {@link JumpGuard}. Rejects
 * pass at once.
 *
 * <p>Records that are held are stored as Kafka's bytes, without headers, and decoded again when
 * they are read back: so a reject keeps its bytes, and an event what its stored form would lose.
 */
final class PartitionGuard {

  /** An event that is held, and the record that it was decoded from. */
  private record Held(ConsumerRecord<byte[], byte[]> record, SourceRecord decoded) {}

  /** What a partition holds. */
  enum Phase {
    /** Nothing. */
    NOTHING_HELD,
    /** Its first events, which wait for others. */
    STARTING,
    /** Events set aside. */
    SET_ASIDE
  }

  private final TopicPartition partition;
  private final EventRecordDecoder decoder;
  private final JumpGuard<Held> guard;

  /** What decoding a state has warned of, until there is an output. */
  private final List<SourceRecord> warnings = new ArrayList<>();

  private SourceOutput<SourceRecord> output;

  /** Whether an event has passed since events are held, or since {@link #due} was called. */
  private boolean passed;

  /** Whether there was a warning of the events that are set aside. */
  private boolean warned;

  /** A guard that has seen nothing. */
  PartitionGuard(TopicPartition partition, JobSpec job, EventRecordDecoder decoder) {
    this.partition = partition;
    this.decoder = decoder;
    this.guard =
        new JumpGuard<>(
            job.windows(),
            job.maxJumpMs(),
            job.schema().time().column(),
            "partition " + partition.partition(),
            new Emitter());
  }

  /** Emits what the guard lets through. */
  private final class Emitter implements JumpGuard.Listener<Held> {
    @Override
    public void pass(Held event) {
      output.collect(event.decoded, event.record.timestamp());
    }

    @Override
    public void reject(Held event, Reject reject) {
      SourceRecord.Origin origin = event.decoded.origin();
      output.collect(
          SourceRecord.of(origin.reject(reject.reason().key(), reject.message()), origin),
          event.record.timestamp());
    }

    @Override
    public void warn(Warning warning) {
      output.collect(SourceRecord.of(warning));
    }
  }

  /** Takes the next record of the partition; {@code to} receives what passes now. */
  void take(ConsumerRecord<byte[], byte[]> record, SourceOutput<SourceRecord> to) {
    output = to;
    warnOfRestored();
    SourceRecord decoded = decode(record, to::collect);
    if (decoded.event() == null) {
      to.collect(decoded, record.timestamp());
    } else {
      offer(new Held(record, decoded));
    }
  }

  private void offer(Held event) {
    boolean first = guard.held() == 0;
    guard.offer(event, event.decoded.event().eventTime());
    passed = guard.inARow() == 0 || passed && !first;
    warned &= guard.held() > 0;
  }

  /** The event or reject of a record; warnings that come with it go to {@code warnings}. */
  private SourceRecord decode(
      ConsumerRecord<byte[], byte[]> record, Consumer<SourceRecord> warnings) {
    Slot slot = new Slot(warnings);
    decoder.deserialize(record, slot);
    return slot.record;
  }

  /** What is held. */
  Phase phase() {
    if (guard.held() == 0) {
      return Phase.NOTHING_HELD;
    }
    return guard.starting() ? Phase.STARTING : Phase.SET_ASIDE;
  }

  /**
   * Does what is due after a phase has lasted for long, or has lasted for as long again. The first
   * events start the clock. Events set aside start it anew, if none has passed meanwhile and there
   * are two or more; otherwise there is one warning of them.
   */
  void due(SourceOutput<SourceRecord> to) {
    output = to;
    if (guard.starting()) {
      guard.start();
    } else if (!passed && guard.startAnew()) {
      warned = false;
    } else if (guard.held() > 0 && !warned) {
      to.collect(SourceRecord.of(guard.waiting()));
      warned = true;
    }
    passed = false;
  }

  /** Ends the partition: nothing is held after it. */
  void finish(SourceOutput<SourceRecord> to) {
    output = to;
    warnOfRestored();
    guard.finish();
  }

  private void warnOfRestored() {
    warnings.forEach(output::collect);
    warnings.clear();
  }

  /** The state, for {@link #restore}. */
  byte[] state() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      guard.writeState(new DataOutputStream(bytes), PartitionGuard::write);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  /** Continues from a state. */
  void restore(byte[] state) {
    try {
      guard.readState(new DataInputStream(new ByteArrayInputStream(state)), this::read);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the state of partition %s cannot be read: %s".formatted(partition, e.getMessage()), e);
    }
  }

  /** {@code i64 offset | i64 time stamp | i32 its type}, then key and value with their lengths. */
  private static void write(Held event, DataOutput out) throws IOException {
    ConsumerRecord<byte[], byte[]> record = event.record;
    out.writeLong(record.offset());
    out.writeLong(record.timestamp());
    out.writeInt(record.timestampType().id);
    writeBytes(record.key(), out);
    writeBytes(record.value(), out);
  }

  private Held read(DataInput in) throws IOException {
    long offset = in.readLong();
    long timestamp = in.readLong();
    int type = in.readInt();
    byte[] key = readBytes(in);
    byte[] value = readBytes(in);
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>(
            partition.topic(),
            partition.partition(),
            offset,
            timestamp,
            type(type),
            -1,
            -1,
            key,
            value,
            new RecordHeaders(),
            Optional.empty());
    return new Held(record, decode(record, warnings::add));
  }

  private static TimestampType type(int id) throws IOException {
    for (TimestampType type : TimestampType.values()) {
      if (type.id == id) {
        return type;
      }
    }
    throw new IOException("type of a time stamp must be in -1..1 but was " + id);
  }

  private static void writeBytes(byte[] bytes, DataOutput out) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      out.write(bytes);
    }
  }

  private static byte[] readBytes(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  /** Keeps the one record that a decoder makes. */
  private static final class Slot implements Collector<SourceRecord> {
    private final Consumer<SourceRecord> warnings;
    private SourceRecord record;

    Slot(Consumer<SourceRecord> warnings) {
      this.warnings = warnings;
    }

    @Override
    public void collect(SourceRecord decoded) {
      if (decoded.warning() != null) {
        warnings.accept(decoded);
      } else {
        record = decoded;
      }
    }

    @Override
    public void close() {}
  }
}
