package io.millrace.format;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.Reject;
import java.util.HexFormat;
import java.util.List;

/**
 * A decoder for records of a topic that says what a record is, if it is in another form than the
 * job file says: compressed, with the prefix of a schema registry, a container file, or the form of
 * another {@code kafka.value}. Only records that the decoder rejects are looked at.
 */
final class ForeignForm implements EventDecoder {

  /** What {@code kafka.value} names, for messages. */
  private static final List<String> EXPECTED =
      List.of("a JSON object", "Millrace's binary form", "Avro");

  private static final String UNCOMPRESSED =
      "; let the producer set compression.type instead, which leaves values as they are";

  private static final int SHOWN = 8;

  private final EventDecoder decoder;
  private final RecordForm form;
  private final EventDecoder plain;

  /**
   * A decoder.
   *
   * @param plain decodes the record of a prefix in a topic of plain Avro; else null
   */
  ForeignForm(EventDecoder decoder, RecordForm form, EventDecoder plain) {
    this.decoder = decoder;
    this.form = form;
    this.plain = plain;
  }

  @Override
  public Decoded decode(byte[] buffer, int from, int length, long row) {
    Decoded decoded = decoder.decode(buffer, from, length, row);
    String name =
        decoded instanceof Reject reject ? name(reject.reason(), buffer, from, length) : null;
    return name == null
        ? decoded
        : new Reject(
            Reject.Reason.NOT_PARSEABLE,
            "a record must be " + EXPECTED.get(form.kind().ordinal()) + " but " + name);
  }

  /** A prefix that is read as values may give any reject; other forms cannot be parsed. */
  private String name(Reject.Reason reason, byte[] bytes, int from, int length) {
    return switch (reason) {
      case TOO_LARGE -> null;
      case NOT_PARSEABLE -> name(bytes, from, length);
      default -> plain != null ? prefixed(bytes, from, length) : null;
    };
  }

  /** What a rejected record is, and what to set; null if it is nothing that is known. */
  private String name(byte[] bytes, int from, int length) {
    String stored = compressed(bytes, from, length);
    if (stored != null) {
      return "is " + stored + UNCOMPRESSED;
    }
    if (begins(bytes, from, length, "4f626a01")) {
      return "is an Avro container file (Obj 01); send the record alone, without the file's header,"
          + " and set kafka.value: avro and kafka.schema";
    }
    if (begins(bytes, from, length, "c301")) {
      return "is in Avro's single-object encoding (C3 01), which is not read; send it without these"
          + " 10 bytes or with a registry's prefix, and set kafka.value: avro and kafka.schema";
    }
    if (form.kind() != RecordForm.Kind.BINARY && BinaryEventCodec.begins(bytes, from, length)) {
      return "is in Millrace's binary form (C1); set kafka.value: binary";
    }
    if (form.kind() != RecordForm.Kind.JSON && isObject(bytes, from, length)) {
      return "is JSON; set kafka.value: json";
    }
    return prefixed(bytes, from, length);
  }

  private static String compressed(byte[] bytes, int from, int length) {
    if (begins(bytes, from, length, "1f8b")) {
      return "gzip (1F 8B)";
    }
    if (begins(bytes, from, length, "28b52ffd")) {
      return "zstd (28 B5 2F FD)";
    }
    if (begins(bytes, from, length, "ff060000734e61507059")
        || begins(bytes, from, length, "82534e41505059")) {
      return "snappy (a frame of sNaPpY)";
    }
    return begins(bytes, from, length, "04224d18") ? "lz4 (04 22 4D 18)" : null;
  }

  /** A record with the prefix of a registry, where none is expected. */
  private String prefixed(byte[] bytes, int from, int length) {
    int start = from + AvroEventDecoder.PREFIX;
    int rest = length - AvroEventDecoder.PREFIX;
    if (rest <= 0 || bytes[from] != 0 || form.schemaId() != RecordForm.NO_ID) {
      return null;
    }
    int id = schemaId(bytes, from);
    String has = "has the prefix of a schema registry (00 and the schema id " + id + "); ";
    if (plain != null) {
      return plain.decode(bytes, start, rest, NO_ROW) instanceof ClickEvent
          ? has + "set kafka.schema_id: " + id
          : null;
    }
    return isObject(bytes, start, rest)
        ? has + "JSON is read only without it: let the producer use a plain JSON serializer"
        : has + "if it is Avro, set kafka.value: avro, kafka.schema and kafka.schema_id: " + id;
  }

  private static boolean isObject(byte[] bytes, int from, int length) {
    int start = from;
    int last = from + length - 1;
    while (start < last && bytes[start] <= ' ' && bytes[start] > 0) {
      start++;
    }
    while (start < last && bytes[last] <= ' ' && bytes[last] > 0) {
      last--;
    }
    return start < last && bytes[start] == '{' && bytes[last] == '}';
  }

  private static boolean begins(byte[] bytes, int from, int length, String hex) {
    int size = hex.length() / 2;
    return length >= size && HexFormat.of().formatHex(bytes, from, from + size).equals(hex);
  }

  /** The id in a registry's prefix at {@code from}. */
  static int schemaId(byte[] bytes, int from) {
    int id = 0;
    for (int i = 1; i <= Integer.BYTES; i++) {
      id = id << 8 | bytes[from + i] & 0xFF;
    }
    return id;
  }

  /** The first bytes, for a message. */
  static String hex(byte[] bytes, int from, int length) {
    return length == 0
        ? "nothing"
        : HexFormat.ofDelimiter(" ")
            .withUpperCase()
            .formatHex(bytes, from, from + Math.min(length, SHOWN));
  }
}
