package io.millrace.flink.operator;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventDecoder;
import io.millrace.event.EventLimits;
import io.millrace.event.EventValues;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.state.RecordType;
import io.millrace.state.RejectedRecord;
import io.millrace.state.SourceRecord;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Kafka's records to events with their raw values, or to rejects that keep the bytes, the place and
 * the reason.
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
    if (decoded instanceof ClickEvent event) {
      out.collect(
          event.labelled()
              ? SourceRecord.of(event, raw)
              : SourceRecord.of(reject(record, UNLABELLED)));
    } else {
      out.collect(SourceRecord.of(reject(record, (Reject) decoded)));
    }
  }

  private static RejectedRecord reject(ConsumerRecord<byte[], byte[]> record, Reject reject) {
    return new RejectedRecord(
        record.key(),
        record.value(),
        record.topic(),
        record.partition(),
        record.offset(),
        reject.reason().key(),
        reject.message());
  }

  @Override
  public TypeInformation<SourceRecord> getProducedType() {
    return RecordType.of(new SourceRecord.Format());
  }
}
