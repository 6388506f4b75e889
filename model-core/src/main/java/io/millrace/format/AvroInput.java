package io.millrace.format;

/**
 * Reads the primitive values of Avro's binary encoding (Apache Avro specification 1.12, "Binary
 * Encoding") from an array. It never allocates what a record only announces.
 */
final class AvroInput {

  private static final int LONGEST_VARINT = 10;

  byte[] bytes;
  private int at;
  private int end;

  /** Starts at {@code from} of a record that ends before {@code end}. */
  void start(byte[] record, int from, int recordEnd) {
    bytes = record;
    at = from;
    end = recordEnd;
  }

  /** Bytes that are left. */
  int remaining() {
    return end - at;
  }

  /** Skips {@code n} bytes and returns the offset of the first. */
  int take(long n) throws BrokenRecord {
    if (n < 0 || n > end - at) {
      throw new BrokenRecord(
          "an Avro record must hold what it announces but announces "
              + n
              + " bytes and has "
              + (end - at));
    }
    int start = at;
    at += (int) n;
    return start;
  }

  /** A zigzag varint of at most 64 bits. */
  long readLong() throws BrokenRecord {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      int b = bytes[take(1)];
      value |= (long) (b & 0x7F) << 7 * i;
      if (b >= 0) {
        return value >>> 1 ^ -(value & 1);
      }
    }
    throw new BrokenRecord("an Avro record's numbers must have at most 10 bytes");
  }

  /** A zigzag varint that must be in {@code 0 .. size - 1}; {@code what} is for the message. */
  int readIndex(int size, String what) throws BrokenRecord {
    long index = readLong();
    if (index < 0 || index >= size) {
      throw new BrokenRecord(
          "an Avro record's " + what + " must be in 0.." + (size - 1) + " but was " + index);
    }
    return (int) index;
  }

  boolean readBoolean() throws BrokenRecord {
    int b = bytes[take(1)];
    if (b < 0 || b > 1) {
      throw new BrokenRecord("an Avro record's boolean must be 0 or 1 but was " + b);
    }
    return b == 1;
  }

  float readFloat() throws BrokenRecord {
    return Float.intBitsToFloat((int) littleEndian(Float.BYTES));
  }

  double readDouble() throws BrokenRecord {
    return Double.longBitsToDouble(littleEndian(Double.BYTES));
  }

  private long littleEndian(int size) throws BrokenRecord {
    int start = take(size);
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << 8 | bytes[start + i] & 0xFF;
    }
    return value;
  }
}
