package io.millrace.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A record that could not be used, as it is kept in the rejects topic.
 *
 * <p>Key and value are the original record's, byte for byte, so a reject can be repaired and sent
 * again. Where it came from and why it was refused travel as headers, all UTF-8 text (numbers in
 * decimal), so that {@code kafka-console-consumer --property print.headers=true} shows them:
 *
 * <pre>
 * header                     value
 * millrace.reject.topic      topic it was read from
 * millrace.reject.partition  partition, decimal
 * millrace.reject.offset     offset, decimal
 * millrace.reject.reason     short code to group by, such as bad_number
 * millrace.reject.message    one line with key, value, rule and place
 * </pre>
 *
 * @param key original key, may be null
 * @param value original value, may be null (a tombstone)
 * @param topic topic it was read from
 * @param partition partition it was read from, at least 0
 * @param offset offset in that partition, at least 0
 * @param reason short code to group by
 * @param message one line for people
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are passed on, never written or compared
public record RejectRecord(
    byte[] key,
    byte[] value,
    String topic,
    int partition,
    long offset,
    String reason,
    String message) {

  private static final String TOPIC = "millrace.reject.topic";
  private static final String PARTITION = "millrace.reject.partition";
  private static final String OFFSET = "millrace.reject.offset";
  private static final String REASON = "millrace.reject.reason";
  private static final String MESSAGE = "millrace.reject.message";

  /** The record to send to the topic {@code rejects}. */
  public ProducerRecord<byte[], byte[]> toProducerRecord(String rejects) {
    ProducerRecord<byte[], byte[]> out = new ProducerRecord<>(rejects, key, value);
    out.headers()
        .add(TOPIC, topic.getBytes(UTF_8))
        .add(PARTITION, Integer.toString(partition).getBytes(UTF_8))
        .add(OFFSET, Long.toString(offset).getBytes(UTF_8))
        .add(REASON, reason.getBytes(UTF_8))
        .add(MESSAGE, message.getBytes(UTF_8));
    return out;
  }

  /**
   * Reads back what {@link #toProducerRecord} wrote.
   *
   * @throws IllegalArgumentException if a header is missing: the record is not a reject
   */
  public static RejectRecord from(ConsumerRecord<byte[], byte[]> in) {
    Headers headers = in.headers();
    return new RejectRecord(
        in.key(),
        in.value(),
        text(headers, TOPIC),
        Integer.parseInt(text(headers, PARTITION)),
        Long.parseLong(text(headers, OFFSET)),
        text(headers, REASON),
        text(headers, MESSAGE));
  }

  private static String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    if (header == null) {
      throw new IllegalArgumentException("not a reject: header " + name + " is missing");
    }
    return new String(header.value(), UTF_8);
  }
}
