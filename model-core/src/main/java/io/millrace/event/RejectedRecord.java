package io.millrace.event;

/**
 * A record of the events topic that is not an event.
 *
 * @param key the record's key, or null
 * @param value its bytes as they came, or null
 * @param topic where it was read
 * @param partition where it was read
 * @param offset where it was read
 * @param reason the kind of fault, by which rejects are counted
 * @param message one line for people
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
