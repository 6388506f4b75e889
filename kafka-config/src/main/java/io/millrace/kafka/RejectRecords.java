package io.millrace.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.event.RejectedRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The form of rejected records in the rejects topic.
 *
 * <p>Key and value are the original record's, byte for byte, so a reject can be repaired and sent
 * again. Its origin and the reason are headers, all UTF-8 text (numbers in decimal), so that {@code
 * kafka-console-consumer --property print.headers=true} shows them:
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
public final class RejectRecords {

  private RejectRecords() {}

  /**
   * The record to send.
   *
   * @param rejects name of the rejects topic
   */
  public static ProducerRecord<byte[], byte[]> of(RejectedRecord reject, String rejects) {
    var out = new ProducerRecord<>(rejects, reject.key(), reject.value());
    header(out, "topic", reject.topic());
    header(out, "partition", Integer.toString(reject.partition()));
    header(out, "offset", Long.toString(reject.offset()));
    header(out, "reason", reject.reason());
    header(out, "message", reject.message());
    return out;
  }

  private static void header(ProducerRecord<byte[], byte[]> to, String name, String value) {
    to.headers().add("millrace.reject." + name, value.getBytes(UTF_8));
  }
}
