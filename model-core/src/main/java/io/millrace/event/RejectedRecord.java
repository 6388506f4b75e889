package io.millrace.event;

/**
 * A record of the events topic that is not an event.
 *
 * @param key the record's key, or null
 * @param value the record's bytes as received, or null
 * @param topic topic of the record
 * @param partition partition of the record
 * @param offset offset of the record
 * @param reason the kind of fault; rejects are counted by it
 * @param message one line for humans
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are passed on, never written or compared
public record RejectedRecord(
    byte[] key,
    byte[] value,
    String topic,
    int partition,
    long offset,
    String reason,
    String message) {

  /** The same without key and value. */
  public RejectedRecord withoutBytes() {
    return new RejectedRecord(null, null, topic, partition, offset, reason, message);
  }
}
