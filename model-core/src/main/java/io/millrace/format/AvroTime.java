package io.millrace.format;

import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/** Avro's logical types that name a moment. */
enum AvroTime {
  MILLIS(1, 1),
  MICROS(1, 1_000),
  NANOS(1, 1_000_000),
  DATE(86_400_000, 1);

  private final long times;
  private final long over;

  AvroTime(long times, long over) {
    this.times = times;
    this.over = over;
  }

  /** The unit of a value of {@code schema}; null if the schema says none. */
  static AvroTime of(Schema schema) {
    LogicalType type = schema.getLogicalType();
    return type instanceof LogicalTypes.TimestampMillis
        ? MILLIS
        : type instanceof LogicalTypes.TimestampMicros
            ? MICROS
            : type instanceof LogicalTypes.TimestampNanos
                ? NANOS
                : type instanceof LogicalTypes.Date ? DATE : null;
  }

  /** Milliseconds since 1970, rounded down. */
  long toMillis(long value) {
    return Math.floorDiv(value * times, over);
  }

  /**
   * The value of {@code ms} since 1970; a date is rounded down.
   *
   * @throws ArithmeticException if it does not fit 64 bits
   */
  long ofMillis(long ms) {
    return Math.floorDiv(Math.multiplyExact(ms, over), times);
  }
}
