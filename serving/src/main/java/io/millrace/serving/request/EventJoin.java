package io.millrace.serving.request;

import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import java.util.Set;

/** Joins a context with candidates: each column comes from the one of the two that has it. */
final class EventJoin {

  private final ClickEvent context;
  private final boolean[] dense;
  private final boolean[] fields;

  /**
   * A context.
   *
   * @param context its event, in which columns that it lacks count as missing
   * @param columns names of the columns that it has
   */
  EventJoin(Schema schema, ClickEvent context, Set<String> columns) {
    this.context = context;
    this.dense = new boolean[schema.dense().size()];
    this.fields = new boolean[schema.fields().size()];
    for (int d = 0; d < dense.length; d++) {
      dense[d] = columns.contains(schema.dense().get(d).column());
    }
    for (int f = 0; f < fields.length; f++) {
      fields[f] = columns.contains(schema.fields().get(f).column());
    }
  }

  /** The event of a candidate in this context. */
  ClickEvent with(ClickEvent candidate) {
    float[] values = candidate.dense().clone();
    for (int d = 0; d < dense.length; d++) {
      values[d] = dense[d] ? context.dense()[d] : values[d];
    }
    int[] offsets = new int[fields.length + 1];
    for (int f = 0; f < fields.length; f++) {
      offsets[f + 1] = offsets[f] + ids(source(f, candidate), f);
    }
    long[] ids = new long[offsets[fields.length]];
    for (int f = 0; f < fields.length; f++) {
      ClickEvent from = source(f, candidate);
      System.arraycopy(from.ids(), from.offsets()[f], ids, offsets[f], ids(from, f));
    }
    return new ClickEvent(candidate.eventTime(), candidate.label(), values, ids, offsets);
  }

  private ClickEvent source(int field, ClickEvent candidate) {
    return fields[field] ? context : candidate;
  }

  private static int ids(ClickEvent event, int field) {
    return event.offsets()[field + 1] - event.offsets()[field];
  }
}
