package io.millrace.flink.operator;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.format.EventDecoder;
import io.millrace.format.EventValues;
import io.millrace.state.RecordType;
import io.millrace.state.SourceRecord;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;

/**
 * Decodes Kafka's records to events with their raw values, or to rejects that keep the bytes, the
 * place and the reason.
 */
public final class EventRecordDecoder implements KafkaRecordDeserializationSchema<SourceRecord> {
  private static final long serialVersionUID = 1L;

  private static final Reject UNLABELLED =
      new Reject(Reject.Reason.MISSING_LABEL, "training needs a label");

  private final Schema schema;
  private final EventLimits limits;
  private final boolean binary;
  private transient EventDecoder decoder;
  private transient EventValues.Collector values;

  /**
   * Decodes one format.
   *
   * @param binary whether records are Millrace's own binary form rather than JSON
   */
  public EventRecordDecoder(Schema schema, EventLimits limits, boolean binary) {
    this.schema = schema;
    this.limits = limits;
    this.binary = binary;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    values = new EventValues.Collector();
    decoder =
        binary ? EventDecoder.binary(schema, limits) : EventDecoder.json(schema, limits, values);
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<SourceRecord> out) {
    Decoded decoded =
        record.value() == null
            ? new Reject(Reject.Reason.NOT_PARSEABLE, "value must be an event but was null")
            : decoder.decode(record.value());
    EventValues raw = values.take();
    Reject reject = decoded instanceof ClickEvent event ? check(event, record) : (Reject) decoded;
    SourceRecord.Origin origin = origin(record);
    out.collect(
        reject == null
            ? SourceRecord.of((ClickEvent) decoded, raw, origin)
            : SourceRecord.of(origin.reject(reject.reason().key(), reject.message()), origin));
  }

  /** Why an event is rejected; null if it is not. */
  private Reject check(ClickEvent event, ConsumerRecord<byte[], byte[]> record) {
    return event.labelled()
        ? limits.checkAhead(schema.time().column(), event.eventTime(), arrived(record))
        : UNLABELLED;
  }

  /**
   * When Kafka got a record, ms since 1970: its time stamp, which is the same at every read. The
   * producer's clock may be wrong, or there is no time stamp; the current time is the upper bound.
   */
  private static long arrived(ConsumerRecord<byte[], byte[]> record) {
    long now = System.currentTimeMillis();
    return record.timestampType() == TimestampType.NO_TIMESTAMP_TYPE
        ? now
        : Math.min(record.timestamp(), now);
  }

  private static SourceRecord.Origin origin(ConsumerRecord<byte[], byte[]> record) {
    return new SourceRecord.Origin(
        record.topic(), record.partition(), record.offset(), record.key(), record.value());
  }

  @Override
  public TypeInformation<SourceRecord> getProducedType() {
    return RecordType.of(new SourceRecord.Format());
  }
}
