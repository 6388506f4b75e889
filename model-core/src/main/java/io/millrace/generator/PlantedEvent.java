package io.millrace.generator;

import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import java.nio.charset.StandardCharsets;

/**
 * One event of a planted stream, with its true click probability.
 *
 * @param eventTime milliseconds since 1970-01-01T00:00:00Z
 * @param day day of the stream, from 0
 * @param label 1 for a click, else 0
 * @param probability the true probability of a click, in (0, 1)
 * @param dense {@code float[dense columns]}, multiples of 1/10,000 to the nearest float
 * @param ids {@code int[fields]}, each in {@code [0, ids of its field)}; written as decimal numbers
 */
@SuppressWarnings("ArrayRecordComponent") // made once, never written afterwards
public record PlantedEvent(
    long eventTime, int day, float label, double probability, float[] dense, int[] ids) {

  /** The raw value of a field, as the csv shows it. */
  public String rawId(int field) {
    return Integer.toString(ids[field]);
  }

  /**
   * The event as the model sees it, equal to the decoded line of the csv.
   *
   * @param encoder of the fields {@link GeneratorOptions#categoricalFields}
   */
  public ClickEvent toClickEvent(IdEncoder encoder) {
    long[] hashed = new long[ids.length];
    int[] offsets = new int[ids.length + 1];
    for (int f = 0; f < ids.length; f++) {
      byte[] raw = rawId(f).getBytes(StandardCharsets.US_ASCII);
      hashed[f] = encoder.id(f, raw, 0, raw.length);
      offsets[f + 1] = f + 1;
    }
    return new ClickEvent(eventTime, label, dense, hashed, offsets);
  }
}
