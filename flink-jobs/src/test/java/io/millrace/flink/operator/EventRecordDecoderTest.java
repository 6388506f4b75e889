package io.millrace.flink.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.EventLimits;
import io.millrace.event.IdEncoder;
import io.millrace.event.Schema;
import io.millrace.format.RecordForm;
import io.millrace.jobfile.JobConfig;
import io.millrace.state.SourceRecord;
import io.millrace.values.FirstRecords;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.util.Collector;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/**
 * Law: an event further ahead of its arrival than {@code limits.max_ahead} is rejected with its
 * reason, however old the log is; Kafka's stamp says when it arrived, if that is not itself ahead.
 */
class EventRecordDecoderTest {

  private static final Schema SCHEMA =
      JobConfig.parse(
              """
              name: ahead
              schema:
                label: {column: click}
                time: {column: t, unit: ms}
                categorical: [{columns: site, expected_ids: 10}]
              arms: [{name: full, hash: full}]
              """,
              "job.yaml")
          .spec()
          .schema();

  private static final long ARRIVED = Instant.parse("2020-05-01T12:00:00Z").toEpochMilli();
  private static final long DAY = Duration.ofDays(1).toMillis();

  private final List<SourceRecord> records = new ArrayList<>();

  @Test
  void anEventAheadOfItsArrivalIsRejected() {
    decode(EventLimits.DEFAULT, ARRIVED + DAY, ARRIVED, TimestampType.LOG_APPEND_TIME);
    decode(EventLimits.DEFAULT, ARRIVED + DAY + 1, ARRIVED, TimestampType.LOG_APPEND_TIME);
    decode(EventLimits.DEFAULT, ARRIVED - 1000 * DAY, ARRIVED, TimestampType.CREATE_TIME);
    assertThat(records).extracting(r -> r.reject() == null).containsExactly(true, false, true);
    assertThat(records.get(1).reject().reason()).isEqualTo("time_out_of_range");
    assertThat(records.get(1).reject().message())
        .isEqualTo(
            "t must be at most 86400 s (limits.max_ahead) after 2020-05-01T12:00:00Z, when it"
                + " arrived, but was 2020-05-02T12:00:00.001Z");
  }

  // a producer that stamps records with event time cannot vouch for it
  @Test
  void nothingHasArrivedAfterNow() {
    long soon = System.currentTimeMillis() + DAY / 2;
    long far = System.currentTimeMillis() + 30 * DAY;
    for (TimestampType type : TimestampType.values()) {
      long stamp = type == TimestampType.NO_TIMESTAMP_TYPE ? -1 : far;
      decode(EventLimits.DEFAULT, soon, stamp, type);
      decode(EventLimits.DEFAULT, far, stamp, type);
    }
    assertThat(records)
        .extracting(r -> r.reject() == null)
        .containsExactly(true, false, true, false, true, false);
  }

  // Law: the job's schema says what is missing in records of Kafka too, and which ids are equal.
  @Test
  void recordsFollowTheRulesOfTheJobFile() {
    Schema rules =
        JobConfig.parse(
                """
                name: rules
                format: {missing: [NA]}
                schema:
                  label: {column: click}
                  time: {column: t, unit: ms}
                  categorical: [{columns: site, expected_ids: 10, number: true}]
                arms: [{name: full, hash: full}]
                """,
                "job.yaml")
            .spec()
            .schema();
    for (String site : List.of("\"NA\"", "null", "1.0", "\"1\"")) {
      String value = "{\"t\":%d,\"click\":1,\"site\":%s}".formatted(ARRIVED, site);
      decode(rules, EventLimits.DEFAULT, value, ARRIVED, TimestampType.CREATE_TIME);
    }
    assertThat(records)
        .extracting(r -> r.event().ids()[0])
        .containsExactly(
            IdEncoder.id("site", ""),
            IdEncoder.id("site", ""),
            IdEncoder.id("site", "1"),
            IdEncoder.id("site", "1"));
  }

  @Test
  void zeroIsForAny() {
    EventLimits any =
        new EventLimits(1000, 10, EventLimits.DEFAULT.minTime(), EventLimits.DEFAULT.maxTime(), 0);
    decode(any, ARRIVED + 10_000 * DAY, ARRIVED, TimestampType.CREATE_TIME);
    assertThat(records).extracting(r -> r.reject() == null).containsExactly(true);
  }

  // Law: what the first records lack is a warning after so many of them, or at the end.
  @Test
  void unseenColumnsAreWarnedOf() {
    EventRecordDecoder decoder =
        new EventRecordDecoder(SCHEMA, EventLimits.DEFAULT, RecordForm.json());
    decoder.open(null);
    assertThat(decoder.atEnd()).isEmpty();
    decoder.open(null);
    for (int i = 0; i < 30; i++) {
      decode(decoder, "{\"t\":%d,\"click\":%d,\"sit\":\"a\"}".formatted(ARRIVED, i % 2));
    }
    assertThat(records).hasSize(30).noneMatch(r -> r.warning() != null);
    assertThat(decoder.atEnd())
        .singleElement()
        .satisfies(
            last ->
                assertThat(last.warning().message())
                    .isEqualTo(
                        "columns of the schema without a value in any of the first 30 events: site;"
                            + " keys of the events: t, click, sit; did you mean sit instead of"
                            + " site?"));
    decoder.open(null);
    for (int i = 0; i < FirstRecords.MOST + 5; i++) {
      decode(decoder, "{\"t\":%d,\"click\":%d,\"sit\":\"a\"}".formatted(ARRIVED, i % 2));
    }
    assertThat(records).filteredOn(r -> r.warning() != null).hasSize(1);
    assertThat(decoder.atEnd()).isEmpty();
  }

  private void decode(EventRecordDecoder decoder, String json) {
    deserialize(decoder, json.getBytes(UTF_8));
  }

  // Law: a decoder that has travelled to another process reads the schema that it was made with.
  @Test
  void anAvroSchemaTravelsWithTheJob() throws Exception {
    String avro =
        """
        {"type": "record", "name": "Click", "fields": [
          {"name": "t", "type": {"type": "long", "logicalType": "timestamp-millis"}},
          {"name": "click", "type": "boolean"}, {"name": "site", "type": "string"}]}
        """;
    RecordForm form = RecordForm.avro(avro, 9, SCHEMA);
    EventRecordDecoder decoder =
        InstantiationUtil.clone(new EventRecordDecoder(SCHEMA, EventLimits.DEFAULT, form));
    decoder.open(null);
    ByteBuffer value = ByteBuffer.allocate(64).put((byte) 0).putInt(9);
    for (long rest = ARRIVED << 1; rest != 0; rest >>>= 7) {
      value.put((byte) (rest & 0x7F | (rest >>> 7 == 0 ? 0 : 0x80)));
    }
    value.put((byte) 1).put((byte) 2).put((byte) 'a');
    deserialize(decoder, Arrays.copyOf(value.array(), value.position()));
    deserialize(decoder, "{\"t\":1}".getBytes(UTF_8));
    assertThat(records.get(0).event().eventTime()).isEqualTo(ARRIVED);
    assertThat(records.get(0).event().clicked()).isTrue();
    assertThat(records.get(1).reject().message())
        .isEqualTo("a record must be Avro but is JSON; set kafka.value: json");
  }

  private void decode(EventLimits limits, long time, long stamp, TimestampType type) {
    String value = "{\"t\":%d,\"click\":1,\"site\":\"a\"}".formatted(time);
    decode(SCHEMA, limits, value, stamp, type);
  }

  private void decode(
      Schema schema, EventLimits limits, String text, long stamp, TimestampType type) {
    EventRecordDecoder decoder = new EventRecordDecoder(schema, limits, RecordForm.json());
    decoder.open(null);
    deserialize(decoder, text.getBytes(UTF_8), stamp, type);
  }

  private void deserialize(EventRecordDecoder decoder, byte[] value) {
    deserialize(decoder, value, ARRIVED, TimestampType.CREATE_TIME);
  }

  private void deserialize(
      EventRecordDecoder decoder, byte[] value, long stamp, TimestampType type) {
    decoder.deserialize(
        new ConsumerRecord<>(
            "clicks", 0, 7, stamp, type, 0, 0, null, value, new RecordHeaders(), Optional.empty()),
        new Collector<>() {
          @Override
          public void collect(SourceRecord record) {
            records.add(record);
          }

          @Override
          public void close() {}
        });
  }
}
