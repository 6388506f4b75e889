package io.millrace.flink.graph;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** A partition as a reader left it: its offsets, and the state of its {@link PartitionGuard}. */
final class GuardedSplit extends KafkaPartitionSplit {

  private final byte[] guard;

  /** The offsets of {@code split} with the state of its guard. */
  GuardedSplit(KafkaPartitionSplit split, byte[] guard) {
    super(
        split.getTopicPartition(),
        split.getStartingOffset(),
        split.getStoppingOffset().orElse(NO_STOPPING_OFFSET));
    this.guard = guard;
  }

  /** The same partition from another offset, with the state of its guard if it has one. */
  static KafkaPartitionSplit from(KafkaPartitionSplit split, long offset) {
    KafkaPartitionSplit moved =
        new KafkaPartitionSplit(
            split.getTopicPartition(),
            offset,
            split.getStoppingOffset().orElse(NO_STOPPING_OFFSET));
    return split instanceof GuardedSplit guarded ? new GuardedSplit(moved, guarded.guard) : moved;
  }

  /** The state of the guard, as {@link PartitionGuard#state} wrote it. */
  byte[] guard() {
    return guard;
  }

  /**
   * The bytes of a partition, with the state of a guard or without.
   *
   * <pre>
   * i32 version of Kafka's bytes | i32 length | Kafka's bytes | i32 length, -1 for none | the guard's bytes
   * </pre>
   *
   * <p>Versions below {@value #VERSION} are those of Kafka's own serializer, whose bytes older
   * checkpoints hold.
   *
   * @param kafka serializer of Kafka's own part
   */
  record Serializer(SimpleVersionedSerializer<KafkaPartitionSplit> kafka)
      implements SimpleVersionedSerializer<KafkaPartitionSplit> {

    static final int VERSION = 1000;

    @Override
    public int getVersion() {
      return VERSION;
    }

    @Override
    public byte[] serialize(KafkaPartitionSplit split) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      byte[] offsets = kafka.serialize(split);
      out.writeInt(kafka.getVersion());
      out.writeInt(offsets.length);
      out.write(offsets);
      if (split instanceof GuardedSplit guarded) {
        out.writeInt(guarded.guard.length);
        out.write(guarded.guard);
      } else {
        out.writeInt(-1);
      }
      return bytes.toByteArray();
    }

    @Override
    public KafkaPartitionSplit deserialize(int version, byte[] bytes) throws IOException {
      if (version < VERSION) {
        return kafka.deserialize(version, bytes);
      }
      if (version > VERSION) {
        throw new IOException(
            "version of a partition's state must be at most %d but was %d; restore it with the release that wrote it"
                .formatted(VERSION, version));
      }
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      int kafkaVersion = in.readInt();
      KafkaPartitionSplit split = kafka.deserialize(kafkaVersion, in.readNBytes(in.readInt()));
      int guard = in.readInt();
      return guard < 0 ? split : new GuardedSplit(split, in.readNBytes(guard));
    }
  }
}
