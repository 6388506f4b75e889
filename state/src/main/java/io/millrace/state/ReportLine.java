package io.millrace.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A result on its way to a file of the run and to Kafka.
 *
 * @param kind which file and topic
 * @param key the record's key in Kafka: an arm, a field, or SPEC/FIELD
 * @param json one line without its end, or several for a file that is replaced
 */
public record ReportLine(Kind kind, String key, String json) {

  /** File of a line; states hold the position of a kind in this list, so new ones come last. */
  public enum Kind {
    /** {@code metrics.jsonl}. */
    METRICS,
    /** {@code drift.jsonl}. */
    DRIFT,
    /** {@code counts.jsonl}. */
    COUNTS,
    /** Announcement of a map file; no file of the run. */
    MAP,
    /** Announcement of a published model; no file of the run. */
    MODEL,
    /** {@code rejects.jsonl}; Kafka has a topic with the whole records. */
    REJECT,
    /** All lines of {@code values.jsonl}, in place of earlier ones; not for Kafka. */
    VALUES,
    /** {@code alerts.jsonl}. */
    ALERT,
    /** {@code pulse.jsonl}; not for Kafka. */
    PULSE,
    /** {@code switches.jsonl}. */
    SWITCH,
    /** {@code refreshes.jsonl}. */
    REFRESH,
    /** {@code warnings.jsonl}; not for Kafka. */
    WARNING
  }

  /** {@code i8 kind}, then key and line. */
  public static final class Format implements RecordFormat<ReportLine> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<ReportLine> type() {
      return ReportLine.class;
    }

    @Override
    public void write(ReportLine record, DataOutput out) throws IOException {
      out.writeByte(record.kind.ordinal());
      Texts.write(record.key, out);
      Texts.write(record.json, out);
    }

    @Override
    public ReportLine read(int version, DataInput in) throws IOException {
      return new ReportLine(Kind.values()[in.readByte()], Texts.read(in), Texts.read(in));
    }
  }
}
