package io.millrace.flink.operator;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.format.EventDecoder;
import io.millrace.format.RecordForm;
import io.millrace.state.RecordType;
import io.millrace.state.SourceRecord;
import io.millrace.values.EventValues;
import io.millrace.values.FirstRecords;
import java.util.List;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;

/**
 * Decodes Kafka's records to events with their raw values, or to rejects that keep the bytes, the
 * place and the reason. Emits what {@link FirstRecords} warns of, for each reader.
 */
public final class EventRecordDecoder implements KafkaRecordDeserializationSchema<SourceRecord> {
  private static final long serialVersionUID = 1L;

  private static final Reject UNLABELLED =
      new Reject(Reject.Reason.MISSING_LABEL, "training needs a label");

  private final Schema schema;
  private final EventLimits limits;
  private final RecordForm form;
  private transient EventDecoder decoder;
  private transient EventValues.Collector values;
  private transient FirstRecords first;

  /**
   * Decodes one form.
   *
   * @param form how the topic's records are written
   */
  public EventRecordDecoder(Schema schema, EventLimits limits, RecordForm form) {
    this.schema = schema;
    this.limits = limits;
    this.form = form;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    values = new EventValues.Collector();
    first = new FirstRecords(schema, FirstRecords.MOST, values);
    decoder = form.decoder(schema, limits, first);
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<SourceRecord> out) {
    Decoded decoded =
        record.value() == null
            ? new Reject(Reject.Reason.NOT_PARSEABLE, "value must be an event but was null")
            : decoder.decode(record.value());
    EventValues raw = values.take();
    Reject reject = decoded instanceof ClickEvent event ? check(event, record) : (Reject) decoded;
    first
        .add(reject == null || UNLABELLED.equals(reject) ? decoded : reject)
        .forEach(warning -> out.collect(SourceRecord.of(warning)));
    SourceRecord.Origin origin = origin(record);
    out.collect(
        reject == null
            ? SourceRecord.of((ClickEvent) decoded, raw, origin)
            : SourceRecord.of(origin.reject(reject.reason().key(), reject.message()), origin));
  }

  /** What the source emits when a reader has read its last record: warnings, if there are any. */
  public List<SourceRecord> atEnd() {
    return first.end().stream().map(SourceRecord::of).toList();
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
