package io.millrace.format;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A small schema and rows of it. */
public final class Rows {

  public static final Schema SCHEMA =
      new Schema(
          List.of(
              DenseColumn.of("price", new Transform.Log1p(.25)),
              new DenseColumn("age", "age", new Transform.Standardise(30, 10), -1)),
          List.of(
              CategoricalField.of("site", 100), new CategoricalField("tags", "tags", "|", 1000)),
          LabelColumn.of("click"),
          new TimeColumn.Epoch("ts", TimeColumn.Unit.MS));

  public static final List<String> COLUMNS =
      List.of("ts", "click", "price", "age", "site", "tags", "note");

  public static final long T = 1_574_553_663_979L;

  private Rows() {}

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static EventDecoder csv(Schema schema) {
    return EventDecoder.text(
        schema, EventLimits.DEFAULT, FileFormat.of(TextFormat.CSV), COLUMNS, ValueListener.none());
  }

  public static EventDecoder json(Schema schema) {
    return EventDecoder.json(schema, EventLimits.DEFAULT, ValueListener.none());
  }

  /** Events as records compare arrays by identity; this compares them by bits. */
  public static boolean same(ClickEvent a, ClickEvent b) {
    return a.eventTime() == b.eventTime()
        && Float.floatToIntBits(a.label()) == Float.floatToIntBits(b.label())
        && Arrays.equals(a.dense(), b.dense())
        && Arrays.equals(a.ids(), b.ids())
        && Arrays.equals(a.offsets(), b.offsets());
  }
}
