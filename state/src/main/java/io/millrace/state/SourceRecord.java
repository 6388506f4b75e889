package io.millrace.state;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.event.RejectedRecord;
import io.millrace.event.Warning;
import io.millrace.values.EventValues;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What the source emits: an event, a reject, a warning about the topic, or the progress of a
 * partition.
 *
 * @param event null unless it is an event
 * @param values the event's raw values, if its form has them; null unless it is an event
 * @param reject null unless it is a reject
 * @param warning null unless it is a warning
 * @param progress null unless it is the progress of a partition
 * @param origin the record in Kafka that it comes from; null for a warning or progress, and after
 *     serialising, as only the source needs it
 */
public record SourceRecord(
    ClickEvent event,
    EventValues values,
    RejectedRecord reject,
    Warning warning,
    PartitionProgress progress,
    Origin origin) {

  /**
   * A record in Kafka.
   *
   * @param key its key, or null
   * @param value its bytes, or null
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes are passed on, never written or compared
  public record Origin(String topic, int partition, long offset, byte[] key, byte[] value) {

    /** The record as a reject. */
    public RejectedRecord reject(String reason, String message) {
      return new RejectedRecord(key, value, topic, partition, offset, reason, message);
    }
  }

  /** An event. */
  public static SourceRecord of(ClickEvent event, EventValues values, Origin origin) {
    return new SourceRecord(event, values, null, null, null, origin);
  }

  /** A reject. */
  public static SourceRecord of(RejectedRecord reject, Origin origin) {
    return new SourceRecord(null, null, reject, null, null, origin);
  }

  /** A warning. */
  public static SourceRecord of(Warning warning) {
    return new SourceRecord(null, null, null, warning, null, null);
  }

  /** The progress of a partition. */
  public static SourceRecord of(PartitionProgress progress) {
    return new SourceRecord(null, null, null, null, progress, null);
  }

  /**
   * {@code i8 kind} (0 reject, 1 event, 2 warning, 3 progress), then event and values, reject,
   * warning, or progress.
   */
  public static final class Format implements RecordFormat<SourceRecord> {
    private static final long serialVersionUID = 1L;
    private static final int REJECT = 0;
    private static final int EVENT = 1;
    private static final int WARNING = 2;
    private static final int PROGRESS = 3;
    private static final RejectedRecordFormat REJECTS = new RejectedRecordFormat();
    private static final PartitionProgress.Format PROGRESSES = new PartitionProgress.Format();

    @Override
    public Class<SourceRecord> type() {
      return SourceRecord.class;
    }

    @Override
    public int version() {
      return 2; // that of a progress
    }

    @Override
    public void write(SourceRecord record, DataOutput out) throws IOException {
      if (record.event != null) {
        out.writeByte(EVENT);
        EventBytes.write(record.event, out);
        record.values.write(out);
      } else if (record.reject != null) {
        out.writeByte(REJECT);
        REJECTS.write(record.reject, out);
      } else if (record.warning != null) {
        out.writeByte(WARNING);
        write(record.warning, out);
      } else {
        out.writeByte(PROGRESS);
        PROGRESSES.write(record.progress, out);
      }
    }

    private static void write(Warning warning, DataOutput out) throws IOException {
      Texts.write(warning.kind().name(), out);
      out.writeLong(warning.time());
      Texts.write(warning.place(), out);
      out.writeLong(warning.count());
      Texts.write(warning.message(), out);
    }

    @Override
    public SourceRecord read(int version, DataInput in) throws IOException {
      return switch (in.readByte()) {
        case EVENT -> of(EventBytes.read(in), EventValues.read(in), null);
        case REJECT -> of(REJECTS.read(1, in), null);
        case WARNING -> of(warning(in));
        case PROGRESS -> of(PROGRESSES.read(version, in));
        default -> throw new IOException("a source record must be of kind 0 to 3");
      };
    }

    private static Warning warning(DataInput in) throws IOException {
      return new Warning(
          Warning.Kind.valueOf(Texts.read(in)),
          in.readLong(),
          null,
          Texts.read(in),
          in.readLong(),
          Texts.read(in));
    }
  }
}
