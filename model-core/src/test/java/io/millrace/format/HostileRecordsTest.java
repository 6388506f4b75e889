package io.millrace.format;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.random.Seeds;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Law: for all bytes, a decoder returns an event that keeps every promise of {@link ClickEvent} and
 * {@link EventLimits}, or a reject with one short line. It never throws, takes memory in proportion
 * to the record, and still decodes good records correctly in between.
 */
class HostileRecordsTest {
  private static final int SHORT = 60_000;
  private static final int LONG = 1_000_000;

  /**
   * Number of records whose memory is measured together, because a thread's counter moves in steps.
   */
  private static final int GROUP = 250;

  /**
   * Bytes that a record of any length may take, in the mean of a group: a JSON parser copies its
   * table of field names for each new name.
   */
  private static final long MEMORY = 32 << 10;

  private static final EventLimits LIMITS =
      new EventLimits(
          16 << 10, 100, EventLimits.DEFAULT.minTime(), EventLimits.DEFAULT.maxTime(), 0);

  private static final List<String> PIECES =
      List.of(
          "NaN",
          "-Infinity",
          "1e999",
          "-1",
          "-9223372036854775808",
          "99999999999999999999",
          "null",
          "true",
          "\"",
          "\\u0000",
          "\\ud800",
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "|",
          "\t",
          "\n",
          "\r",
          "\"ts\":",
          "\"tags\":",
          "\"click\":2",
          "\0",
          "0x1p3",
          "1_000",
          "١٢",
          "\uFEFF");

  /** A decoder, and good records of its format. */
  private enum Format {
    CSV(
        EventDecoder.text(
            SCHEMA, LIMITS, FileFormat.of(TextFormat.CSV), Rows.COLUMNS, ValueListener.none())) {
      @Override
      byte[] good(int i) {
        return utf8(
            T + i + "," + i % 2 + "," + i * .5 + "," + i % 90 + ",s" + i + ",a|b" + i + ",");
      }
    },
    JSON(EventDecoder.json(SCHEMA, LIMITS, ValueListener.none())) {
      @Override
      byte[] good(int i) {
        return utf8(
            "{\"ts\":%d,\"click\":%d,\"price\":%s,\"age\":%d,\"site\":\"s%d\",\"tags\":[\"a\",\"b%d\"]}"
                .formatted(T + i, i % 2, i * .5, i % 90, i, i));
      }
    },
    BINARY(EventDecoder.binary(SCHEMA, LIMITS)) {
      @Override
      byte[] good(int i) {
        return new BinaryEventCodec(SCHEMA, LIMITS).encode((ClickEvent) JSON.decode(JSON.good(i)));
      }
    },
    AVRO(AvroRecords.FORM.decoder(SCHEMA, LIMITS, ValueListener.none())) {
      @Override
      byte[] good(int i) {
        return AvroRecords.write(
            T + i, i % 2 == 0, i * .5, (float) (i % 90), "s" + i, List.of("a", "b" + i));
      }
    };

    private final EventDecoder decoder;

    Format(EventDecoder decoder) {
      this.decoder = decoder;
    }

    abstract byte[] good(int i);

    Decoded decode(byte[] record) {
      return decoder.decode(record);
    }
  }

  private final Map<Reject.Reason, Integer> reasons = new EnumMap<>(Reject.Reason.class);
  private int events;
  private long allocated;
  private long allowed;

  @ParameterizedTest
  @EnumSource
  void some(Format format) {
    attack(format, SHORT);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void aMillion(Format format) {
    attack(format, LONG);
  }

  // new field names in all positions, because a parser keeps all names it has seen
  @Test
  void namesThatAreAlwaysNew() {
    List<String> shapes =
        List.of(
            "{'ts':1700000000000,'click':1,'%s':1,'site':'a'}",
            "{'ts':1700000000000,'x':{'y':[{'%s':1}]},'click':1}",
            "{'ts':1700000000000,'site':{'%s':1},'click':1}",
            "{'%s':",
            "{'%s'",
            "{'x':[1,{'%s'");
    SplittableRandom random = Seeds.generator(12, "hostile-names", 0);
    for (String shape : shapes) {
      long began = allocatedBytes();
      int n = 4000;
      for (int i = 0; i < n; i++) {
        Format.JSON.decode(
            utf8(shape.replace('\'', '"').formatted(Long.toHexString(random.nextLong()))));
      }
      assertThat((allocatedBytes() - began) / n).as(shape).isLessThan(MEMORY);
    }
  }

  private static long allocatedBytes() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  private void attack(Format format, int records) {
    SplittableRandom random = Seeds.generator(11, "hostile/" + format, records);
    ClickEvent expected = (ClickEvent) format.decode(format.good(3));
    for (int i = 0; i < records; i++) {
      byte[] record = format.good(random.nextInt(1000));
      int changes = 1 + random.nextInt(4);
      for (int c = 0; c < changes; c++) {
        record = mutate(record, random);
      }
      check(decodeMeasured(format, record), record);
      if (i % GROUP == GROUP - 1) {
        assertThat(allocated).as("bytes for %d records up to %d", GROUP, i).isLessThan(allowed);
        allocated = 0;
        allowed = 0;
        ClickEvent again = (ClickEvent) format.decode(format.good(3));
        assertThat(Rows.same(again, expected)).isTrue();
      }
    }
    assertThat(events).as("events among them").isBetween(records / 200, records);
    assertThat(reasons).as("kinds of reject").hasSizeGreaterThanOrEqualTo(3);
  }

  private static byte[] mutate(byte[] record, SplittableRandom random) {
    int at = random.nextInt(record.length + 1);
    return switch (random.nextInt(9)) {
      case 0 -> Arrays.copyOf(record, at);
      case 1 -> splice(record, at, new byte[] {(byte) random.nextInt(256)}, 1);
      case 2 -> splice(record, at, utf8(PIECES.get(random.nextInt(PIECES.size()))), 0);
      case 3 -> splice(record, at, utf8(PIECES.get(random.nextInt(PIECES.size()))), 3);
      case 4 -> splice(record, at, Arrays.copyOfRange(record, at / 2, at), 0);
      case 5 -> splice(record, at, new byte[0], random.nextInt(8));
      case 6 -> splice(record, at, randomBytes(random), 0);
      case 7 -> rare(record, at, random);
      default -> splice(record, at, utf8(Long.toString(random.nextLong())), 0);
    };
  }

  /** Large records: deep nesting, long digits, bags of many ids, records beyond the limit. */
  private static byte[] rare(byte[] record, int at, SplittableRandom random) {
    int n = 1 << random.nextInt(15);
    return switch (random.nextInt(40)) {
      case 0 -> splice(record, at, utf8("[".repeat(n)), 0);
      case 1 -> splice(record, at, utf8("{\"a\":".repeat(n)), 0);
      case 2 -> splice(record, at, utf8("9".repeat(n)), 0);
      case 3 -> splice(record, at, utf8("x|".repeat(n)), 0);
      case 4 -> splice(record, at, utf8("\"x\",".repeat(n)), 0);
      case 5 -> splice(record, at, new byte[n], 0);
      default -> record.length == 0 ? record : splice(record, at, record, 0);
    };
  }

  private static byte[] randomBytes(SplittableRandom random) {
    byte[] bytes = new byte[random.nextInt(12)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** {@code record} with {@code removed} bytes from {@code at} replaced. */
  private static byte[] splice(byte[] record, int at, byte[] inserted, int removed) {
    int end = Math.min(record.length, at + removed);
    byte[] result = Arrays.copyOf(record, record.length - (end - at) + inserted.length);
    System.arraycopy(inserted, 0, result, at, inserted.length);
    System.arraycopy(record, end, result, at + inserted.length, record.length - end);
    return result;
  }

  /** Sums the memory that decoding takes, and the memory that it may take. */
  private Decoded decodeMeasured(Format format, byte[] record) {
    long before = allocatedBytes();
    Decoded decoded = decode(format, record);
    allocated += allocatedBytes() - before;
    allowed += MEMORY + 64L * record.length;
    return decoded;
  }

  private static Decoded decode(Format format, byte[] record) {
    try {
      return format.decode(record);
    } catch (RuntimeException e) {
      throw new AssertionError("record " + shown(record), e);
    }
  }

  private static String shown(byte[] record) {
    return HexFormat.of().formatHex(record, 0, Math.min(record.length, 1000));
  }

  private void check(Decoded decoded, byte[] record) {
    if (decoded instanceof Reject reject) {
      reasons.merge(reject.reason(), 1, Integer::sum);
      assertThat(reject.message()).isNotBlank().hasSizeLessThan(300).doesNotContain("\n", "\r");
      return;
    }
    events++;
    ClickEvent event = (ClickEvent) decoded;
    assertThat(record.length).isLessThanOrEqualTo(LIMITS.maxRecordBytes());
    assertThat(event.eventTime()).isBetween(LIMITS.minTime(), LIMITS.maxTime() - 1);
    assertThat(event.label()).isIn(0f, 1f);
    assertThat(event.dense()).hasSize(SCHEMA.dense().size());
    for (float x : event.dense()) {
      assertThat(Float.isFinite(x)).isTrue();
    }
    int[] offsets = event.offsets();
    assertThat(offsets).hasSize(SCHEMA.fields().size() + 1).startsWith(0);
    for (int f = 0; f + 1 < offsets.length; f++) {
      assertThat(offsets[f + 1] - offsets[f]).isBetween(1, LIMITS.maxIdsPerField());
    }
    assertThat(offsets[offsets.length - 1]).isEqualTo(event.ids().length);
  }
}
