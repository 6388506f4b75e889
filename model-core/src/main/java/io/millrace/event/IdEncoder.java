package io.millrace.event;

import io.millrace.math.XxHash64;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Turns raw values into 64-bit ids: {@code id = XXH64(utf8(value), seed_f)} with the field's seed
 * {@code seed_f = XXH64(utf8(fieldName), 0)}; a missing value is {@code XXH64(no bytes, seed_f)}.
 *
 * <p>There is no dictionary: ids need no coordination and are the same in every process. Among n
 * values of a field the chance of any collision is about n² / 2^65: 1 in 37 million for a million
 * values. Immutable.
 */
public final class IdEncoder {

  private final long[] seeds;
  private final long[] missing;

  /** An encoder for {@code fields}, which are addressed by index. */
  public IdEncoder(List<CategoricalField> fields) {
    seeds = fields.stream().mapToLong(f -> hash(f.name())).toArray();
    missing = new long[seeds.length];
    for (int f = 0; f < seeds.length; f++) {
      missing[f] = XxHash64.hash(new byte[0], 0, 0, seeds[f]);
    }
  }

  /** Id of the UTF-8 bytes {@code bytes[from .. from + length)} in field {@code field}. */
  public long id(int field, byte[] bytes, int from, int length) {
    return XxHash64.hash(bytes, from, length, seeds[field]);
  }

  /** Id of a missing value in field {@code field}; equal to the id of the empty text. */
  public long missing(int field) {
    return missing[field];
  }

  /** Id of {@code value} in the field called {@code fieldName}; for tests and reports. */
  public static long id(String fieldName, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return XxHash64.hash(bytes, 0, bytes.length, hash(fieldName));
  }

  /** XXH64 of a text's UTF-8 bytes with seed 0. */
  static long hash(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return XxHash64.hash(bytes, 0, bytes.length, 0);
  }
}
