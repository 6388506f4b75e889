package io.millrace.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.event.RejectedRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The form of a {@link RejectedRecord} in the rejects topic.
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
 */
public final class Rejects {

  private Rejects() {}

  /** The record to send to the topic {@code rejects}. */
  public static ProducerRecord<byte[], byte[]> record(RejectedRecord reject, String rejects) {
    var out = new ProducerRecord<>(rejects, reject.key(), reject.value());
    out.headers()
        .add("millrace.reject.topic", reject.topic().getBytes(UTF_8))
        .add("millrace.reject.partition", Integer.toString(reject.partition()).getBytes(UTF_8))
        .add("millrace.reject.offset", Long.toString(reject.offset()).getBytes(UTF_8))
        .add("millrace.reject.reason", reject.reason().getBytes(UTF_8))
        .add("millrace.reject.message", reject.message().getBytes(UTF_8));
    return out;
  }
}
